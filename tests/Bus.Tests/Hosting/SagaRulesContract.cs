using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Faults;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>What a saga may do to its state and how messages name it, on every transport and store. Derive one class for each pair.</summary>
public abstract class SagaRulesContract(TestContext test) : BusContract(test)
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(122)]
    [DataRow("changed later", "changed Name", DisplayName = "changes it later")]
    [DataRow("null", "has no Name", DisplayName = "clears it")]
    public async Task A_saga_is_refused_that_takes_away_what_it_is_found_by(string how, string reason)
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<Renaming>()));
        await scenario.Session("Sales").SendLocal(new BeginCommand("a"), Cancellation);
        await Settled("Sales");

        await scenario.Session("Sales").SendLocal(new RenameCommand("a", how == "null" ? null : how), Cancellation);

        StringAssert.Contains((await Parked()).Headers[FaultsHeaderKeys.Message], reason);
        await scenario.Session("Sales").SendLocal(new RenameCommand("a", "a"), Cancellation);
        Assert.AreEqual("a", (await scenario.Notes.Until<string>(1, Cancellation)).Single(), "The instance is as it was.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_for_no_instance_that_meets_two_methods_of_a_saga_is_not_found_once()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<Awaiting>()));

        await scenario.Session("Sales").Publish(new OrderedEvent("a"), Cancellation);

        Assert.AreEqual("nobody awaits a", (await scenario.Notes.Until<string>(1, Cancellation)).Single());
        await Settled("Sales");
        Assert.ContainsSingle(scenario.Notes.Of<string>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_mapping_to_the_id_finds_and_begins_the_instance_of_that_id()
    {
        var id = Guid.NewGuid();
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<ByItsId>()));

        await scenario.Session("Sales").SendLocal(new OpenCommand(id), Cancellation);
        await Settled("Sales");
        await scenario.Session("Sales").SendLocal(new OpenCommand(id), Cancellation);
        await Settled("Sales");

        CollectionAssert.AreEqual(new[] { new Heard(id.ToString(), "1"), new Heard(id.ToString(), "2") }, scenario.Notes.Of<Heard>().ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(121)]
    public async Task A_timeout_begins_nothing_although_its_state_is_a_message_that_may()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<Renaming>()));

        await Send(new RenameCommand("a", "a"), new() { [Headers.IsSagaTimeoutMessage] = bool.TrueString });
        await Settled("Sales");
        await Send(new BeginCommand("b"), new() { [Headers.IsSagaTimeoutMessage] = bool.TrueString });
        await Settled("Sales");
        await scenario.Session("Sales").SendLocal(new RenameCommand("b", "b"), Cancellation);
        await Settled("Sales");

        Assert.IsEmpty(scenario.Notes.Of<string>());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(131)]
    public async Task One_type_may_be_a_message_and_a_timeout_of_a_saga_and_the_header_tells_which()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<Snoozing>()));

        await scenario.Session("Sales").SendLocal(new SnoozeCommand("a"), Cancellation);

        CollectionAssert.AreEqual(new[] { "a asked", "a rang" }, (await scenario.Notes.Until<string>(2, Cancellation)).ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(238)]
    public async Task A_message_without_mapping_that_names_no_saga_fails_with_a_line_to_paste()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<Asking>()));

        await scenario.Session("Sales").SendLocal(new AnswerMessage("out of the blue"), Cancellation);

        StringAssert.Contains((await Parked()).Headers[FaultsHeaderKeys.Message], "ToMessage<AnswerMessage>(message => message.SomeId)");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true), Scenario(133)]
    public async Task A_saga_that_ends_with_its_first_message_leaves_nothing()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<Fleeting>()));

        await scenario.Session("Sales").SendLocal(new BeginCommand("a"), Cancellation);
        await Settled("Sales");
        await scenario.Session("Sales").SendLocal(new BeginCommand("a"), Cancellation);

        CollectionAssert.AreEqual(new[] { "a: 1", "a: 1" }, (await scenario.Notes.Until<string>(2, Cancellation)).ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task State_survives_in_lists_without_setters_in_fields_and_as_an_object_put_in_whole()
    {
        await using var scenario = await Start(("Sales", (sales, _) => sales.AddSaga<Keeping>()));

        foreach (var item in new[] { "x", "y", "z" })
        {
            await scenario.Session("Sales").SendLocal(new AddCommand("a", item), Cancellation);
            await Settled("Sales");
        }

        Assert.AreEqual("x,y,z 3 z", scenario.Notes.Of<string>()[^1]);
    }

    async Task Send(object message, Dictionary<string, string> headers)
    {
        await using var transport = Open();
        headers[Headers.MessageId] = Guid.NewGuid().ToString();
        headers[Headers.EnclosedMessageTypes] = message.GetType().AssemblyQualifiedName!;
        await transport.Send([new OutgoingOperation(headers[Headers.MessageId], headers, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(message, message.GetType()), new Target.Queue("Sales"))], Cancellation);
    }
}
