using System.Collections;
using System.Reflection;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.Faults;

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class GuardTests(TestContext test) : GuardContract(test)
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_receiver_hears_of_a_message_at_once_however_seldom_it_polls()
    {
        await using ITransport transport = new SqliteTransport(((SqliteBus)Bus).Path) { PollInterval = TimeSpan.FromMinutes(10) }.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], Cancellation);
        await using var receiver = transport.Receive("Sales");
        for (var n = 0; n < 200; n++)
        {
            var waiting = receiver.Take(1, Cancellation);
            await transport.Send([new OutgoingOperation("1", new() { [Headers.MessageId] = "1" }, "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
            await receiver.Settle((await waiting.WaitAsync(TimeSpan.FromSeconds(5), Cancellation)).Single(), Cancellation);
        }
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_saga_lock_that_nobody_holds_is_forgotten()
    {
        var locks = new SagaLocks();
        using (await locks.Enter("Counter", "a", Cancellation))
        {
            var waiting = locks.Enter("Counter", "a", Cancellation);
            Assert.IsFalse(waiting.IsCompleted);
            using var impatient = new CancellationTokenSource();
            var givingUp = locks.Enter("Counter", "a", impatient.Token);
            await impatient.CancelAsync();
            await Assert.ThrowsAsync<OperationCanceledException>(() => givingUp);
            _ = waiting.ContinueWith(each => each.Result.Dispose(), Cancellation, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        using (await locks.Enter("Counter", "a", Cancellation)) { }
        var entries = (ICollection)typeof(SagaLocks).GetField("_entries", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(locks)!;
        while (entries.Count > 0) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_work_that_fails_in_a_batch_leaves_nothing_and_takes_nobody_with_it()
    {
        await using var transport = (SqliteQueues)Open();
        var file = transport.File;
        await file.Run((db, _) => Task.FromResult(db.Execute("CREATE TABLE T (X TEXT)")), Cancellation);
        var hold = await Task.Run(file.Begin, Cancellation);
        var before = file.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO T VALUES ('before')")), Cancellation);
        var failing = file.Run<int>((db, _) =>
        {
            db.Execute("INSERT INTO T VALUES ('failing')");
            throw new InvalidOperationException("after writing");
        }, Cancellation);
        var after = file.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO T VALUES ('after')")), Cancellation);
        hold.Dispose();
        await before;
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => failing);
        await after;
        CollectionAssert.AreEqual(new[] { "before", "after" }, file.Read(db => db.Query("SELECT X FROM T", row => row.GetString(0))));
    }

    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}
