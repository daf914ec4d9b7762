using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.Faults;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class ConflictAndReceiptTests(TestContext test) : BusContract(test)
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_conflict_that_never_ends_is_parked()
    {
        var scenario = await Start(("Counters", (counters, _) => counters.AddSaga<Counter>()));
        await using (var transport = (SqliteQueues)Open())
            await transport.File.Run((db, _) => Task.FromResult(db.Execute("CREATE TRIGGER Refuse BEFORE INSERT ON Counters_Counter BEGIN SELECT RAISE(ABORT, 'a constraint that no retry mends'); END")), Cancellation);
        await scenario.Session("Counters").SendLocal(new BeginCommand("a"), Cancellation);
        await Parked();
        await scenario.DisposeAsync();
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_missing_acknowledgement_queue_does_not_undo_a_retried_message()
    {
        // Without retries a failure is parked in the step in which the message leaves its queue: nothing can be under way unseen.
        await using var scenario = await Start(("Sales", (sales, _) =>
        {
            sales.AddHandler<AnswerHandler>();
            sales.Recoverability().Immediate(retries => retries.NumberOfRetries(0)).Delayed(retries => retries.NumberOfRetries(0));
        }
        ));
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        options.SetHeader("ServiceControl.Retry.UniqueMessageId", "unique-1");
        options.SetHeader("ServiceControl.Retry.AcknowledgementQueue", "Not.Here");
        await scenario.Session("Sales").Send(new AnswerMessage("again"), options, Cancellation);
        await scenario.Notes.Until<AnswerMessage>(1, Cancellation);
        await Settled("Sales");
        await scenario.Stop(Cancellation);
        await using var transport = Open();
        Assert.AreEqual(0, Bus.Waiting(transport, "error"));
    }

    [Scenario(79)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_delayed_message_is_never_early()
    {
        await using var transport = (SqliteQueues)Open();
        await transport.CreateQueues(["Sales"], Cancellation);
        await using var receiver = transport.Receive("Sales");
        var early = 0;
        for (var n = 0; n < 60; n++)
        {
            var due = TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(5) + TimeSpan.FromTicks(n * 166);
            await transport.Send([new OutgoingOperation("1", new() { [Headers.MessageId] = "1" }, "{}"u8.ToArray(), new Target.Queue("Sales"), due)], Cancellation);
            var taken = (await receiver.Take(1, Cancellation)).Single();
            if (TimeProvider.System.GetUtcNow() < due) early++;
            await receiver.Settle(taken, Cancellation);
        }
        Assert.AreEqual(0, early);
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}
