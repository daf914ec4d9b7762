using NServiceBus;
using NServiceBus.Outbox;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What an endpoint with an outbox must do on every transport and store. Derive one class for each pair.</summary>
public abstract class OutboxContract(TestContext test) : BusContract(test)
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_copy_of_a_handled_message_calls_no_handler_again()
    {
        await using var scenario = await StartSales();
        await Send(scenario, "1");
        await scenario.Notes.Until<AskCommand>(1, Cancellation);
        await Settled("Sales");

        await Send(scenario, "1");
        await Settled("Sales");

        Assert.ContainsSingle(scenario.Notes.Of<AskCommand>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Copies_under_another_id_are_messages_of_their_own()
    {
        await using var scenario = await StartSales();

        await Send(scenario, "1");
        await Send(scenario, "2");

        await scenario.Notes.Until<AskCommand>(2, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_copy_is_recognized_by_another_process_and_after_a_restart()
    {
        await using (var before = await StartSales())
        {
            await Send(before, "1");
            await before.Notes.Until<AskCommand>(1, Cancellation);
            await Settled("Sales");
        }
        await using var after = await StartSales();

        await Send(after, "1");
        await Settled("Sales");

        Assert.IsEmpty(after.Notes.Of<AskCommand>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Two_copies_at_once_have_one_effect()
    {
        await using var scenario = await StartSales(sales =>
        {
            sales.AddHandler<WaitAndAnswerHandler>();
            sales.LimitMessageProcessingConcurrencyTo(2);
        });
        await Send(scenario, "1", new WaitCommand());
        await Send(scenario, "1", new WaitCommand());
        await scenario.Notes.Until<WaitCommand>(2, Cancellation);

        scenario.Notes.Gate("partner").SetResult();
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Settled("Sales");

        Assert.ContainsSingle(scenario.Notes.Of<AnswerMessage>());
        Assert.HasCount(2, scenario.Notes.Of<WaitCommand>(), "Whoever came second saw that it is done, and did not try again.");
        await using var transport = Open();
        await transport.CreateQueues(["error"], Cancellation);
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_failed_is_not_remembered_as_handled()
    {
        await using var scenario = await StartSales(sales => sales.AddHandler<SendAndFailOnceHandler>());

        await Send(scenario, "1", new FailOnceCommand());

        Assert.AreEqual("attempt 2", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_copy_after_the_time_of_remembering_is_a_new_message()
    {
        await using var scenario = await StartSales(forget: outbox =>
        {
            outbox.KeepDeduplicationDataFor(TimeSpan.FromMilliseconds(1));
            outbox.RunDeduplicationDataCleanupEvery(TimeSpan.FromMilliseconds(10));
        });

        while (scenario.Notes.Of<AskCommand>().Count < 2)
        {
            await Send(scenario, "1");
            await Settled("Sales");
        }
    }

    Task<Scenario> StartSales(Action<EndpointConfiguration>? more = null, Action<OutboxSettings>? forget = null) => Start(("Sales", (sales, _) =>
    {
        var outbox = sales.EnableOutbox();
        forget?.Invoke(outbox);
        sales.AddHandler<AskedHandler>();
        sales.AddHandler<AnswerHandler>();
        more?.Invoke(sales);
    }
    ));

    async Task Send(Scenario scenario, string id, object? message = null)
    {
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetMessageId(id);
        await scenario.Session("Sales").Send(message ?? new AskCommand(id), options, Cancellation);
    }

    sealed class AskedHandler(Notes notes) : IHandleMessages<AskCommand>
    {
        public Task Handle(AskCommand message, IMessageHandlerContext context)
        {
            notes.Write(message);
            return Task.CompletedTask;
        }
    }

    sealed class WaitAndAnswerHandler(Notes notes) : IHandleMessages<WaitCommand>
    {
        public async Task Handle(WaitCommand message, IMessageHandlerContext context)
        {
            notes.Write(message);
            await notes.Gate("partner").Task.WaitAsync(context.CancellationToken);
            await context.SendLocal(new AnswerMessage("done"));
        }
    }
}
