using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Watching;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dovetail.Bus.Tests.Faults;

/// <summary>The write lane, by itself.</summary>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class LaneTests(TestContext test) : IDisposable
{
    /// <summary>Far longer than a busy machine takes: who waits for that long waits for ever.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    readonly TemporaryFolder _folder = new();

    CancellationToken Cancellation => test.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Receivers_that_leave_while_messages_arrive_leave_the_lane_alive()
    {
        ITransport transport = new SqliteTransport(Db) { SurvivesPowerCuts = false }.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], Cancellation);
        var stop = false;
        var leaving = Task.Run(async () =>
        {
            while (!Volatile.Read(ref stop)) await transport.Receive("Sales").DisposeAsync();
        }, Cancellation);
        try
        {
            for (var n = 0; n < 20_000; n++)
                await transport.Send([new OutgoingOperation("1", new() { [NServiceBus.Headers.MessageId] = "1" }, "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation).WaitAsync(Soon, Cancellation);
        }
        finally
        {
            Volatile.Write(ref stop, true);
        }
        await leaving;
        await transport.DisposeAsync();
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Who_comes_second_hears_of_it_when_the_first_can_be_seen()
    {
        await using var file = Open();
        var (isHeld, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        var before = file.Run(async (statements, _) =>
        {
            statements.Execute("CREATE TABLE T (X INTEGER PRIMARY KEY)");
            isHeld.SetResult();
            await go.Task;
            return 0;
        }, Cancellation);
        await isHeld.Task.WaitAsync(Soon, Cancellation);

        // These wait for one transaction.
        var first = Insert();
        var second = Insert();
        var toldTooEarly = file.Run((_, _) => Task.FromResult(second.IsCompleted), Cancellation);
        go.SetResult();

        await before.WaitAsync(Soon, Cancellation);
        await first.WaitAsync(Soon, Cancellation);
        await Assert.ThrowsExactlyAsync<SqliteException>(() => second.WaitAsync(Soon, Cancellation));
        Assert.IsFalse(await toldTooEarly.WaitAsync(Soon, Cancellation));

        Task<int> Insert() => file.Run((statements, _) =>
        {
            statements.Execute("INSERT INTO T VALUES (1)");
            return Task.FromResult(0);
        }, Cancellation);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_lane_gets_its_turn_among_handlers_with_transactions_of_their_own()
    {
        await using var file = Open();
        var (stop, handlers) = (false, 0);
        var busy = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                using var own = file.Begin();
                own.Statements.Execute("CREATE TABLE IF NOT EXISTS T (X)");
                SpinWait.SpinUntil(() => false, 3);
                Interlocked.Increment(ref handlers);
            }
        })).ToList();
        busy.ForEach(thread => thread.Start());
        try
        {
            var most = 0;
            for (var n = 0; n < 20; n++)
            {
                var turn = file.Run((_, _) => Task.FromResult(Volatile.Read(ref handlers)), Cancellation);
                var before = Volatile.Read(ref handlers);
                most = Math.Max(most, await turn.WaitAsync(Soon, Cancellation) - before);
            }
            Assert.IsLessThan(150, most);
        }
        finally
        {
            Volatile.Write(ref stop, true);
            busy.ForEach(thread => thread.Join());
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Work_that_calls_the_lane_from_within_is_told_so_instead_of_waiting_for_itself()
    {
        var file = Open();
        var outer = file.Run(async (_, _) => await file.Run((_, _) => Task.FromResult(true), CancellationToken.None), Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => outer.WaitAsync(Soon, Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_work_whose_constraint_fails_at_the_commit_fails_alone_and_not_as_a_store_that_is_away()
    {
        await using var file = Open();
        await file.Run((db, _) =>
        {
            db.Execute("CREATE TABLE P (Id INTEGER PRIMARY KEY); CREATE TABLE C (Parent INTEGER REFERENCES P (Id) DEFERRABLE INITIALLY DEFERRED); CREATE TABLE Good (X);");
            return Task.FromResult(true);
        }, Cancellation);
        // Both wait while the lane is held, so they are one batch.
        var hold = await Task.Run(file.Begin, Cancellation);
        var bad = file.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO C VALUES (42)")), Cancellation);
        var good = file.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO Good VALUES (1)")), Cancellation);
        hold.Dispose();
        Exception? ofGood = null, ofBad = null;
        try { await good; } catch (Exception failure) { ofGood = failure; }
        try { await bad; } catch (Exception failure) { ofBad = failure; }
        Assert.IsNull(ofGood);
        Assert.IsInstanceOfType<SqliteException>(ofBad);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_work_that_was_told_that_it_failed_is_not_done_after_all_when_another_fails_at_the_commit()
    {
        await using var file = Open();
        await file.Run((db, _) => Task.FromResult(db.Execute(
            "CREATE TABLE P (Id INTEGER PRIMARY KEY); CREATE TABLE C (Parent INTEGER REFERENCES P (Id) DEFERRABLE INITIALLY DEFERRED); CREATE TABLE Good (X);")), Cancellation);
        var tries = 0;
        var hold = await Task.Run(file.Begin, Cancellation);
        var refused = file.Run((db, _) =>
        {
            // The second time nothing would stop it.
            db.Execute("INSERT INTO Good VALUES (1)");
            return ++tries == 1 ? throw new InvalidOperationException("no") : Task.FromResult(tries);
        }, Cancellation);
        var bad = file.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO C VALUES (42)")), Cancellation);
        hold.Dispose();

        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => refused);
        await Assert.ThrowsExactlyAsync<SqliteException>(() => bad);

        Assert.AreEqual((1, 0L), (tries, file.Read(db => db.Number("SELECT count(*) FROM Good"))));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_failure_of_another_database_in_a_callback_fails_that_work_alone()
    {
        await using var file = Open();
        await file.Run((db, _) => Task.FromResult(db.Execute("CREATE TABLE Good (X)")), Cancellation);
        var hold = await Task.Run(file.Begin, Cancellation);
        var bad = file.Run<bool>((_, _) => throw new SqliteException("SQLite Error 14: 'unable to open database file': the customer's own other file", 14), Cancellation);
        var good = file.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO Good VALUES (1)")), Cancellation);
        hold.Dispose();
        Exception? ofGood = null;
        try { await good; } catch (Exception failure) { ofGood = failure; }
        await Assert.ThrowsAsync<Exception>(() => bad);
        Assert.IsNull(ofGood);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_transaction_that_cannot_begin_says_that_the_store_is_away_and_leaks_no_connection()
    {
        await using var file = Open(busy: 50);
        await file.Run((db, _) => Task.FromResult(db.Execute("CREATE TABLE Good (X)")), Cancellation);
        await using var foreign = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Db, Pooling = false }.ToString());
        await foreign.OpenAsync(Cancellation);
        await using var transaction = foreign.BeginTransaction();
        var before = Directory.GetFiles("/proc/self/fd").Length;
        Exception? failure = null;
        for (var n = 0; n < 3; n++)
        {
            try { file.Begin().Dispose(); } catch (Exception caught) { failure = caught; }
        }
        Assert.IsInstanceOfType<StoreAwayException>(failure);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Two_users_of_a_file_who_want_it_differently_are_told()
    {
        await using var first = SqliteFile.Open(Db, SqliteDialect.Pragmas(TimeSpan.FromSeconds(1), survivesPowerCuts: false), turns: null, TimeProvider.System, NullLoggerFactory.Instance);
        Assert.ThrowsExactly<InvalidOperationException>(() => SqliteFile.Open(Db, SqliteDialect.Pragmas(TimeSpan.FromSeconds(1), survivesPowerCuts: true), turns: null, TimeProvider.System, NullLoggerFactory.Instance));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Who_writes_to_the_file_beside_the_bus_takes_turns_with_it()
    {
        using var turns = new SemaphoreSlim(1, 1);
        await using var file = SqliteFile.Open(Db, SqliteDialect.Pragmas(TimeSpan.FromSeconds(1), true), turns, TimeProvider.System, NullLoggerFactory.Instance);
        await turns.WaitAsync(Cancellation);
        var write = file.Run((db, _) => Task.FromResult(db.Execute("CREATE TABLE Good (X)")), Cancellation);
        await using (var beside = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Db, Pooling = false }.ToString()))
        {
            await beside.OpenAsync(Cancellation);
            await using var create = beside.CreateCommand();
            create.CommandText = "CREATE TABLE Beside (X)";
            await create.ExecuteNonQueryAsync(Cancellation);
            Assert.IsFalse(write.IsCompleted);
        }

        turns.Release();

        await write;
        await turns.WaitAsync(Cancellation);
        Assert.AreEqual("Beside, Good", string.Join(", ", file.Read(db => db.Query("SELECT name FROM sqlite_master ORDER BY rootpage", row => row.GetString(0)))));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Two_users_of_a_file_who_take_other_turns_are_told()
    {
        using var turns = new SemaphoreSlim(1, 1);
        await using var first = Open();
        Assert.Contains("WriteTurns", Assert.ThrowsExactly<InvalidOperationException>(() => SqliteFile.Open(Db, SqliteDialect.Pragmas(TimeSpan.FromSeconds(1), true), turns, TimeProvider.System, NullLoggerFactory.Instance)).Message);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_file_that_cannot_be_opened_for_reading_is_a_store_that_is_away()
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-bus-");
        await using var file = SqliteFile.Open(Path.Combine(folder.FullName, "bus.db"), SqliteDialect.Pragmas(TimeSpan.FromSeconds(1), true), turns: null, TimeProvider.System, NullLoggerFactory.Instance);
        folder.Delete(recursive: true);
        Assert.ThrowsExactly<StoreAwayException>(() => file.Read(db => db.Number("SELECT 1")));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_log_that_fails_fails_no_work()
    {
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(new LogLines { FailsOn = "" }));
        await using var transport = new SqliteTransport(Db).Create(new TransportContext("Sales", TimeProvider.System, logging));
        var slow = ((SqliteQueues)transport).File.Run((db, _) =>
        {
            SpinWait.SpinUntil(() => false, 150);
            return Task.FromResult(db.Execute("CREATE TABLE Good (X)"));
        }, Cancellation);

        await slow;

        await ((SqliteQueues)transport).File.Run((db, _) => Task.FromResult(db.Execute("INSERT INTO Good VALUES (1)")), Cancellation).WaitAsync(Soon, Cancellation);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_file_that_was_closed_is_a_store_that_is_away()
    {
        var file = Open();
        await file.DisposeAsync();

        await Assert.ThrowsExactlyAsync<StoreAwayException>(() => file.Run((_, _) => Task.FromResult(true), Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Leases_that_can_not_be_renewed_for_an_odd_reason_are_told_of()
    {
        var log = new LogLines();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        await using var transport = new SqliteTransport(Db) { LeaseDuration = TimeSpan.FromMilliseconds(100) }.Create(new TransportContext("Sales", TimeProvider.System, logging));
        await transport.CreateQueues(["Sales"], Cancellation);
        await transport.Send([new OutgoingOperation("1", new() { [NServiceBus.Headers.MessageId] = "1" }, "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        await using var receiver = transport.Receive("Sales");
        await receiver.Take(1, Cancellation);

        await ((SqliteQueues)transport).File.Run((db, _) => Task.FromResult(db.Execute("DROP TABLE \"Sales.Claims\"")), Cancellation);

        while (!log.Lines.Any(line => line.Contains("leases", StringComparison.Ordinal))) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
    }

    string Db => _folder.File("bus.db");

    SqliteFile Open(int busy = 1000) => SqliteFile.Open(Db, SqliteDialect.Pragmas(TimeSpan.FromMilliseconds(busy), true), turns: null, TimeProvider.System, NullLoggerFactory.Instance);
}
