using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>How sagas begin, ring and end, on every transport and store. Derive one class for each pair.</summary>
public abstract class SagaLifeContract(TestContext test) : BusContract(test)
{
    [Scenario(115)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(true), DataRow(false)]
    public async Task Whichever_of_two_starting_messages_comes_first_there_is_one_instance(bool beginFirst)
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Meeting>());
        object[] messages = beginFirst ? [new BeginCommand("a"), new CountCommand("a", 1)] : [new CountCommand("a", 1), new BeginCommand("a")];

        foreach (var message in messages)
        {
            await scenario.Session("Sagas").SendLocal(message, Cancellation);
            await Settled("Sagas");
        }

        var met = await scenario.Notes.Until<Met>(2, Cancellation);
        Assert.AreEqual(met[0].Id, met[1].Id);
        Assert.AreEqual((0, 1), (met[0].Before, met[1].Before));
    }

    [Scenario(124, 231)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Two_sagas_handle_one_message_each_with_its_own_state_under_the_same_name()
    {
        await using var scenario = await Start("Sagas", sagas =>
        {
            sagas.AddSaga<Meeting>();
            sagas.AddSaga<Echo>();
        });

        await scenario.Session("Sagas").SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<Met>(2, Cancellation);
        await Settled("Sagas");
        await scenario.Session("Sagas").SendLocal(new BeginCommand("a"), Cancellation);

        var met = (await scenario.Notes.Until<Met>(4, Cancellation)).ToLookup(each => each.Saga);
        foreach (var saga in new[] { nameof(Meeting), nameof(Echo) })
        {
            Assert.HasCount(1, met[saga].Select(each => each.Id).Distinct().ToList());
            CollectionAssert.AreEqual(new[] { 0, 1 }, met[saga].Select(each => each.Before).ToList());
        }
        Assert.AreNotEqual(met[nameof(Meeting)].First().Id, met[nameof(Echo)].First().Id);
    }

    [Scenario(118, 128, 231, 241)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_ended_saga_has_answered_its_originator_and_may_begin_anew()
    {
        await CreateQueues("Desk", "Elsewhere");
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Meeting>());
        var (begin, end) = (HeadersOf<BeginCommand>("begin-1"), HeadersOf<EndCommand>("end-1"));
        begin[Headers.ReplyToAddress] = "Desk";

        await Inject("Sagas", begin, """{"Id":"a"}""");
        await Settled("Sagas");
        await Inject("Sagas", end, """{"Id":"a"}""");

        var answer = (await Next("Desk")).Headers;
        Assert.AreEqual("begin-1", answer[Headers.CorrelationId]);
        Assert.AreEqual("Reply", answer[Headers.MessageIntent]);
        Assert.IsFalse(answer.ContainsKey(Headers.SagaId) || answer.ContainsKey(Headers.SagaType));
        Assert.AreEqual("end-1", (await Next("Elsewhere")).Headers[Headers.CorrelationId], "The answer's correlation is the answer's alone.");
        await Settled("Sagas");
        await scenario.Session("Sagas").SendLocal(new BeginCommand("a"), Cancellation);
        var met = await scenario.Notes.Until<Met>(3, Cancellation);
        Assert.AreEqual(0, met[2].Before);
        Assert.AreNotEqual(met[0].Id, met[2].Id);
    }

    [Scenario(118)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_whose_originator_gave_no_address_can_not_answer_it()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Meeting>());

        await Inject("Sagas", HeadersOf<BeginCommand>("begin-1"), """{"Id":"a"}""");
        await Settled("Sagas");
        await Inject("Sagas", HeadersOf<EndCommand>("end-1"), """{"Id":"a"}""");

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "nobody to answer");
    }

    [Scenario(112, 131)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Message_and_timeout_of_one_type_are_told_apart()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Echo>());

        await scenario.Session("Sagas").SendLocal(new BeginCommand("a", TimeSpan.FromMilliseconds(10)), Cancellation);

        CollectionAssert.AreEqual(new[] { ("begin", 0), ("timeout", 1) }, (await scenario.Notes.Until<Met>(2, Cancellation)).Select(each => (each.Message, each.Before)).ToList());
    }

    [Scenario(132)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_ordinary_message_is_no_timeout()
    {
        await using var scenario = await Start("Sales", sales => sales.AddHandler<TimeoutsOnly>());

        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "No handler");
        Assert.IsEmpty(scenario.Notes.Of<string>());
    }

    [Scenario(133)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_that_ends_with_its_first_message_leaves_nothing()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Moment>());

        await scenario.Session("Sagas").SendLocal(new BeginCommand("a"), Cancellation);
        await Settled("Sagas");
        await scenario.Session("Sagas").SendLocal(new CountCommand("a", 1), Cancellation);
        await Settled("Sagas");

        Assert.AreEqual("begin", Assert.ContainsSingle(scenario.Notes.Of<Met>()).Message);
    }

    [Scenario(240)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_of_two_sagas_comes_to_the_one_that_asked()
    {
        await using var scenario = await Start("Sagas", sagas =>
        {
            sagas.AddSaga<Echo>();
            sagas.AddSaga<Ringer>();
        });

        await scenario.Session("Sagas").SendLocal(new BeginCommand("a"), Cancellation);
        await scenario.Notes.Until<Met>(2, Cancellation);
        await Settled("Sagas");

        Assert.AreEqual(nameof(Ringer), Assert.ContainsSingle(scenario.Notes.Of<Met>().Where(met => met.Message == "bell")).Saga);
        Assert.AreEqual(0, await Waiting("error"));
    }

    sealed class TimeoutsOnly(Notes notes) : IHandleMessages<WaitCommand>, IHandleTimeouts<AskCommand>
    {
        public Task Handle(WaitCommand message, IMessageHandlerContext context) => Task.CompletedTask;

        public Task Timeout(AskCommand state, IMessageHandlerContext context)
        {
            notes.Write("took a message for a timeout");
            return Task.CompletedTask;
        }
    }
}
