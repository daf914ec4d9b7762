using Dovetail.Bus.Tests.Conformance;
using NServiceBus;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What sagas must do on every transport and store. Derive one class for each pair.</summary>
public abstract class SagaContract(TestContext test) : BusContract(test)
{
    [Scenario(110, 113, 114, 239)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task State_survives_from_message_to_message_until_the_saga_ends()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        var session = scenario.Session("Counters");

        await session.SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);
        await session.SendLocal(new CountCommand("a", 2), Cancellation);
        await session.SendLocal(new CountCommand("a", 3), Cancellation);
        await scenario.Notes.Until<CountCommand>(2, Cancellation);
        await session.SendLocal(new EndCommand("a"), Cancellation);

        Assert.AreEqual(5, (await scenario.Notes.Until<int>(1, Cancellation)).Single());

        await session.SendLocal(new CountCommand("a", 1), Cancellation);
        Assert.AreEqual("no counter for a", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [Scenario(117)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Messages_at_the_same_time_lose_no_update()
    {
        const int Messages = 40;
        await using var scenario = await Start(("Counters", (counters, _) =>
        {
            counters.AddSaga<Counter>();
            counters.LimitMessageProcessingConcurrencyTo(8);
        }
        ));
        var session = scenario.Session("Counters");
        await session.SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);

        await Task.WhenAll(Enumerable.Range(0, Messages).Select(_ => session.SendLocal(new CountCommand("a", 1), Cancellation)));
        await Settled("Counters");
        await session.SendLocal(new EndCommand("a"), Cancellation);

        Assert.AreEqual(Messages, (await scenario.Notes.Until<int>(1, Cancellation)).Single());
    }

    [Scenario(117)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Processes_that_share_a_store_lose_no_update_either()
    {
        // Two endpoints of one name know nothing of each other's locks, as if each ran in a process of its own.
        const int Messages = 40;
        await using var one = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        await using var other = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        await one.Session("Counters").SendLocal(new BeginCommand("a"), Cancellation);
        await Settled("Counters");

        await Task.WhenAll(Enumerable.Range(0, Messages).Select(_ => one.Session("Counters").SendLocal(new CountCommand("a", 1), Cancellation)));
        await Settled("Counters");
        await one.Session("Counters").SendLocal(new EndCommand("a"), Cancellation);
        await Settled("Counters");

        Assert.AreEqual(Messages, one.Notes.Of<int>().Concat(other.Notes.Of<int>()).Single());
    }

    [Scenario(116)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Two_messages_that_begin_the_same_saga_begin_one()
    {
        await using var one = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        await using var other = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => one.Session("Counters").SendLocal(new BeginCommand("a"), Cancellation)));
        await Settled("Counters");
        await one.Session("Counters").SendLocal(new CountCommand("a", 1), Cancellation);
        await Settled("Counters");
        await one.Session("Counters").SendLocal(new EndCommand("a"), Cancellation);
        await Settled("Counters");

        Assert.AreEqual(1, one.Notes.Of<int>().Concat(other.Notes.Of<int>()).Single());
    }

    [Scenario(112, 113)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_comes_back_to_the_saga_that_asked_and_not_to_one_that_has_ended()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        var session = scenario.Session("Counters");
        await session.SendLocal(new BeginCommand("a", RingAfter: TimeSpan.FromMilliseconds(100)), Cancellation);
        await session.SendLocal(new BeginCommand("b", RingAfter: TimeSpan.FromMilliseconds(200)), Cancellation);
        await scenario.Notes.Until<BeginCommand>(2, Cancellation);
        await session.SendLocal(new EndCommand("b"), Cancellation);

        Assert.AreEqual("a", (await scenario.Notes.Until<Counter.Rang>(1, Cancellation)).Single().By);
        await session.SendLocal(new BeginCommand("c", RingAfter: TimeSpan.FromMilliseconds(300)), Cancellation);
        var rang = await scenario.Notes.Until<Counter.Rang>(2, Cancellation);
        CollectionAssert.AreEqual(new[] { "a", "c" }, rang.Select(each => each.By).ToList());
    }

    [Scenario(118)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_answers_whoever_began_it()
    {
        await using var scenario = await Start(
            ("Counters", (counters, _) => counters.AddSaga<Counter>()),
            ("Sales", (sales, routing) =>
            {
                sales.AddHandler<AnswerHandler>();
                routing.RouteToEndpoint(typeof(BeginCommand), "Counters");
            }
        ));
        await scenario.Session("Sales").Send(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);

        await scenario.Session("Counters").SendLocal(new EndCommand("a"), Cancellation);

        Assert.AreEqual("a ended", (await scenario.Notes.Until<AnswerMessage>(1, Cancellation)).Single().Text);
    }

    [Scenario(228)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_whose_message_fails_keeps_its_state_as_it_was()
    {
        await using var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        var session = scenario.Session("Counters");
        await session.SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<BeginCommand>(1, Cancellation);

        await session.SendLocal(new CountCommand("a", -1), Cancellation);
        await Parked();
        await session.SendLocal(new CountCommand("a", 4), Cancellation);
        await Settled("Counters");
        await session.SendLocal(new EndCommand("a"), Cancellation);

        Assert.AreEqual(4, (await scenario.Notes.Until<int>(1, Cancellation)).Single());
    }

    [Scenario(119)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_a_saga_sends_says_which_saga_it_was_and_the_reply_finds_it()
    {
        await using var scenario = await Start(
            ("Counters", (counters, routing) =>
            {
                counters.AddSaga<Asking>();
                routing.RouteToEndpoint(typeof(AskCommand), "Billing");
            }
        ),
            ("Billing", (billing, _) => billing.AddHandler<AskHandler>()));

        await scenario.Session("Counters").SendLocal(new BeginCommand("a"), Cancellation);

        Assert.AreEqual("a heard: answer to a", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
        var asked = scenario.Notes.Of<IReadOnlyDictionary<string, string>>().Single();
        Assert.AreEqual(typeof(Asking).AssemblyQualifiedName, asked[Headers.OriginatingSagaType]);
    }
}
