using Dovetail.Bus.Tests.Conformance;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>How messages find their saga, or do not, on every transport and store. Derive one class for each pair.</summary>
public abstract class SagaFindingContract(TestContext test) : BusContract(test)
{
    [Scenario(111)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_header_finds_an_instance_by_text_guid_or_number()
    {
        await using var scenario = await Start("Sagas", sagas =>
        {
            sagas.AddSaga<FoundByText>();
            sagas.AddSaga<FoundByGuid>();
            sagas.AddSaga<FoundByNumber>();
        });

        await Inject("Sagas", Keys(HeadersOf<BeginCommand>("1")), """{"Id":"a"}""");
        await Settled("Sagas");
        await Inject("Sagas", Keys(HeadersOf<AskCommand>("2")), """{"Text":"b"}""");

        var met = await scenario.Notes.Until<Met>(6, Cancellation);
        foreach (var instance in met.GroupBy(each => each.Saga))
        {
            Assert.HasCount(1, instance.Select(each => each.Id).Distinct().ToList(), instance.Key);
            CollectionAssert.AreEqual(new[] { ("begin", 0), ("ask", 1) }, instance.Select(each => (each.Message, each.Before)).ToList(), instance.Key);
        }

        static Dictionary<string, string> Keys(Dictionary<string, string> headers) => new(headers)
        {
            ["text"] = "a/b \"c\" Ж",
            ["guid"] = "6F9619FF-8B86-D011-B42D-00C04FC964FF",
            ["number"] = "42",
        };
    }

    [Scenario(111)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(null, "came without header 'number'"), DataRow("", "which is no Int32"), DataRow("many", "which is no Int32")]
    public async Task A_header_that_is_missing_or_malformed_fails_and_says_so(string? number, string says)
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<FoundByNumber>());
        var headers = HeadersOf<BeginCommand>("1");
        if (number is not null) headers["number"] = number;

        await Inject("Sagas", headers, """{"Id":"a"}""");

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], says);
    }

    [Scenario(121)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_timeout_for_an_instance_that_is_gone_begins_none_and_is_told_of()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Echo>());
        var headers = HeadersOf<BeginCommand>("1");
        headers[Headers.IsSagaTimeoutMessage] = "True";
        headers[Headers.SagaId] = Guid.NewGuid().ToString();
        headers[Headers.SagaType] = typeof(Echo).AssemblyQualifiedName!;

        await Inject("Sagas", headers, """{"Id":"a"}""");
        await Settled("Sagas");

        Assert.IsEmpty(scenario.Notes.Of<Met>());
        Assert.ContainsSingle(scenario.Notes.Of<Logged>().Where(line => line.Text.StartsWith("No Echo was found for BeginCommand 1", StringComparison.Ordinal)));
        Assert.AreEqual(0, await Waiting("error"));
    }

    [Scenario(114)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_without_an_instance_is_done_and_counted_and_told_of()
    {
        using var counted = new Counted("dovetail.messaging.saga_not_found", "dovetail.saga", nameof(Moment));
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Moment>());

        await Inject("Sagas", HeadersOf<CountCommand>("count-1"), """{"Id":"a"}""");
        await Settled("Sagas");

        Assert.ContainsSingle(scenario.Notes.Of<Logged>().Where(line => line.Text.StartsWith("No Moment was found for CountCommand count-1", StringComparison.Ordinal)));
        Assert.IsGreaterThanOrEqualTo(1, counted.Sum);
        Assert.AreEqual(0, await Waiting("error"));
    }

    [Scenario(122)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_an_instance_is_found_by_may_neither_be_missing_nor_change()
    {
        await using var scenario = await Start("Sagas", sagas =>
        {
            sagas.AddSaga<Restless>();
            sagas.AddSaga<Watching>();
            sagas.Recoverability().AddUnrecoverableException<InvalidOperationException>();
        });

        await Inject("Sagas", HeadersOf<HappenedEvent>("1"), """{"Id":null}""");
        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "holds no value by which Watching could be found");
        await Inject("Sagas", HeadersOf<BeginCommand>("2"), """{"Id":"id"}""");
        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "Leave");
    }

    [Scenario(123)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_finds_its_saga_by_its_properties_whatever_saga_published_it()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Watching>());
        var headers = HeadersOf<HappenedEvent>("1");
        headers[Headers.MessageIntent] = "Publish";
        headers[Headers.SagaId] = Guid.NewGuid().ToString();
        headers[Headers.SagaType] = typeof(Watching).AssemblyQualifiedName!;

        await Inject("Sagas", headers, """{"Id":"a"}""");

        Assert.AreEqual("watching a", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
    }

    [Scenario(127)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_reply_to_an_ended_instance_begins_no_other()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Echo>());
        var headers = HeadersOf<BeginCommand>("1");
        headers[Headers.MessageIntent] = "Reply";
        headers[Headers.SagaId] = Guid.NewGuid().ToString();
        headers[Headers.SagaType] = typeof(Echo).AssemblyQualifiedName!;

        await Inject("Sagas", headers, """{"Id":"a"}""");
        await Settled("Sagas");

        Assert.IsEmpty(scenario.Notes.Of<Met>());
        Assert.AreEqual(0, await Waiting("error"));
    }

    [Scenario(129)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_name_of_a_saga_class_that_is_gone_keeps_no_message_from_beginning()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Echo>());
        var headers = HeadersOf<BeginCommand>("1");
        headers[Headers.SagaId] = Guid.NewGuid().ToString();
        headers[Headers.SagaType] = "Gone.Saga, Gone, Version=1.0.0.0, Culture=neutral, PublicKeyToken=null";

        await Inject("Sagas", headers, """{"Id":"a"}""");

        Assert.AreEqual("begin", (await scenario.Notes.Until<Met>(1, Cancellation)).Single().Message);
    }

    [Scenario(237)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Who_handles_a_message_without_an_instance_may_reply()
    {
        await using var scenario = await Start(("Sagas", (sagas, _) => sagas.AddSaga<Meeting>()), ("Sales", (sales, _) => sales.Hear<AnswerMessage>()));

        await scenario.Session("Sales").Send("Sagas", new EndCommand("never begun"), Cancellation);

        Assert.AreEqual(new AnswerMessage("no meeting for EndCommand"), (await scenario.Notes.Until<Arrived>(1, Cancellation)).Single().Message);
    }

    [Scenario(238)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_names_no_saga_and_has_no_mapping_fails_and_says_so()
    {
        await using var scenario = await Start("Sagas", sagas => sagas.AddSaga<Asking>());

        await scenario.Session("Sagas").SendLocal(new AnswerMessage("to whom?"), Cancellation);

        StringAssert.Contains((await Next("error")).Headers[FaultsHeaderKeys.Message], "there is no mapping for it");
    }
}
