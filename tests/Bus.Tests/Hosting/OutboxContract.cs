using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.MessageMutator;
using NServiceBus.Outbox;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What an endpoint with an outbox must do on every transport and store. Derive one class for each pair.</summary>
public abstract class OutboxContract(TestContext test) : BusContract(test)
{
    [Scenario(134)]
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
    public async Task A_copy_is_recognized_by_the_id_under_which_it_came_whatever_a_mutator_makes_of_that()
    {
        await using var scenario = await StartSales(sales => sales.RegisterMessageMutator(new Renaming()));
        await Send(scenario, "1");
        await scenario.Notes.Until<AskCommand>(1, Cancellation);
        await Settled("Sales");

        await Send(scenario, "1");
        await Send(scenario, "2");
        await scenario.Notes.Until<AskCommand>(2, Cancellation);
        await Settled("Sales");

        Assert.HasCount(2, scenario.Notes.Of<AskCommand>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Copies_under_another_id_are_messages_of_their_own()
    {
        await using var scenario = await StartSales();

        await Send(scenario, "1");
        await Send(scenario, "2");

        await scenario.Notes.Until<AskCommand>(2, Cancellation);
    }

    [Scenario(134)]
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

    [Scenario(139)]
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

    [Scenario(136)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_failed_is_not_remembered_as_handled()
    {
        await using var scenario = await StartSales(sales => sales.AddHandler<SendAndFailOnceHandler>());

        await Send(scenario, "1", new FailOnceCommand());

        Assert.AreEqual("attempt 2", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
    }

    [Scenario(141)]
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

    [Scenario(142, 144)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Delayed_messages_and_events_leave_with_the_commit_and_what_is_immediate_leaves_in_any_case()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await StartSales(sales =>
        {
            sales.Hear<HappenedEvent>();
            sales.On<FailOnceCommand>(async (message, context, notes) =>
            {
                var (immediate, delayed) = (new SendOptions(), new SendOptions());
                immediate.SetDestination("Elsewhere");
                immediate.RequireImmediateDispatch();
                delayed.RouteToThisEndpoint();
                delayed.DelayDeliveryWith(TimeSpan.FromMilliseconds(50));
                await context.Send(new AnswerMessage("immediate"), immediate);
                await context.Send(new AnswerMessage("delayed"), delayed);
                await context.Publish(new OrderedEvent("A-1"));
                notes.Write(message);
                if (notes.Of<FailOnceCommand>().Count == 1) throw new InvalidOperationException("only the first time");
            });
        });

        await Send(scenario, "1", new FailOnceCommand());

        Assert.AreEqual(new AnswerMessage("delayed"), (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single());
        await scenario.Notes.Until<Arrived>(1, Cancellation);
        await Settled("Sales");
        Assert.AreEqual(new OrderedEvent("A-1"), Assert.ContainsSingle(scenario.Notes.Of<Arrived>()).Message);
        Assert.ContainsSingle(scenario.Notes.Of<AnswerMessage>());
        Assert.AreEqual(2, await Waiting("Elsewhere"), "One for each attempt.");
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

    sealed class Renaming : IMutateIncomingTransportMessages
    {
        public Task MutateIncoming(MutateIncomingTransportMessageContext context)
        {
            context.Headers[Headers.MessageId] = Guid.NewGuid().ToString();
            return Task.CompletedTask;
        }
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
