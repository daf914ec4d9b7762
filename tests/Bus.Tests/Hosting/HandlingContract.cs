using Dovetail.Bus.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>How handlers are made and called, on every transport and store. Derive one class for each pair.</summary>
public abstract class HandlingContract(TestContext test) : BusContract(test)
{
    [Scenario(56)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Each_attempt_has_services_of_its_own_which_its_handlers_share_and_which_end_with_it()
    {
        await using var scenario = await Start(services => services.AddScoped<Basket>(), "Sales", sales =>
        {
            sales.AddHandler<FirstBasketHandler>();
            sales.AddHandler<SecondBasketHandler>();
        });

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        await scenario.Notes.Until<string>(4, Cancellation);
        await scenario.Notes.Until<Basket>(4, Cancellation);
        var (baskets, ended) = (scenario.Notes.Of<Basket>(), scenario.Notes.Of<string>());
        Assert.AreSame(baskets[0], baskets[1]);
        Assert.AreSame(baskets[2], baskets[3]);
        Assert.AreNotSame(baskets[0], baskets[2]);
        CollectionAssert.AreEqual(new[] { "failed", "basket ended", "handled", "basket ended" }, ended.ToList());
    }

    [Scenario(57)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Handlers_run_in_the_order_in_which_they_were_added()
    {
        await using var scenario = await Start("Billing", billing =>
        {
            billing.AddHandler<AnythingHappenedHandler>();
            billing.AddHandler<OrderedHandler>();
        });

        await scenario.Session("Billing").Publish(new OrderedEvent("A-1"), Cancellation);

        CollectionAssert.AreEqual(new[] { "shipping A-1", "billing A-1" }, (await scenario.Notes.Until<string>(2, Cancellation)).ToList());
    }

    [Scenario(60, 248)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Handlers_of_parent_types_interfaces_and_object_run_too()
    {
        await using var scenario = await Start("Billing", billing =>
        {
            billing.Hear<OrderedEvent>();
            billing.Hear<HappenedEvent>();
            billing.Hear<IEquatable<HappenedEvent>>();
            billing.Hear<object>();
        });

        await scenario.Session("Billing").Publish(new OrderedEvent("A-1"), Cancellation);
        await scenario.Session("Billing").SendLocal(new AskCommand("x"), Cancellation);

        var heard = await scenario.Notes.Until<Arrived>(5, Cancellation);
        Assert.AreEqual(4, heard.Count(each => each.Message is OrderedEvent));
        Assert.AreEqual(1, heard.Count(each => each.Message is AskCommand));
    }

    [Scenario(71)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_that_returns_no_task_fails()
    {
        await using var scenario = await Start("Sales", sales => sales.On<AskCommand>((_, _, _) => null!));

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "returned no task");
    }

    [Scenario(77)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_several_handlers_of_a_message_send_leaves_together_or_not_at_all()
    {
        await CreateQueues("Elsewhere");
        await using var scenario = await Start("Billing", billing =>
        {
            billing.On<HappenedEvent>((_, context, _) => context.Send("Elsewhere", new AnswerMessage("first")));
            billing.On<OrderedEvent>(async (_, context, notes) =>
            {
                notes.Write("tried");
                await context.Send("Elsewhere", new AnswerMessage("second"));
                if (notes.Of<string>().Count == 1) throw new InvalidOperationException("only the first time");
            });
        });

        await scenario.Session("Billing").Publish(new OrderedEvent("A-1"), Cancellation);
        await Next("Elsewhere");
        await Next("Elsewhere");
        await Settled("Billing");

        Assert.AreEqual(0, await Waiting("Elsewhere"));
        Assert.HasCount(2, scenario.Notes.Of<string>());
    }

    sealed class Basket(Notes notes) : IDisposable
    {
        public void Dispose() => notes.Write("basket ended");
    }

    sealed class FirstBasketHandler(Notes notes, Basket basket) : IHandleMessages<AskCommand>
    {
        public Task Handle(AskCommand message, IMessageHandlerContext context)
        {
            notes.Write(basket);
            return Task.CompletedTask;
        }
    }

    sealed class SecondBasketHandler(Notes notes, Basket basket) : IHandleMessages<AskCommand>
    {
        public Task Handle(AskCommand message, IMessageHandlerContext context)
        {
            notes.Write(basket);
            notes.Write(notes.Of<string>().Count == 0 ? "failed" : "handled");
            return notes.Of<string>().Count == 1 ? throw new InvalidOperationException("only the first time") : Task.CompletedTask;
        }
    }
}
