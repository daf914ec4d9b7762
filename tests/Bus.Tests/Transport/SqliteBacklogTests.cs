using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using SQLitePCL;

namespace Dovetail.Bus.Tests.Transport;

/// <summary>Queues on SQLite in which much waits. What SQLite does is counted in steps of its machine, not in time: the benchmark 'backlog' has the times.</summary>
[TestClass]
public sealed class SqliteBacklogTests(TestContext test)
{
    const int Short = 100;
    const int Long = 20_000;
    const int InHand = 32;
    const long Now = 1_000_000;

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(SqliteDialect.AnythingToTake))]
    [DataRow(nameof(SqliteDialect.NextDue))]
    [DataRow(nameof(SqliteDialect.MoveDue))]
    [DataRow(nameof(SqliteDialect.DropExpired))]
    [DataRow(nameof(SqliteDialect.DropClaimsOfNothing))]
    [DataRow(nameof(SqliteDialect.FindFree))]
    [DataRow(nameof(SqliteDialect.Claim))]
    [DataRow(nameof(SqliteDialect.Renew))]
    [DataRow(nameof(SqliteDialect.Unclaim))]
    [DataRow(nameof(SqliteDialect.Remove))]
    [DataRow(nameof(SqliteDialect.Send))]
    [DataRow(nameof(SqliteDialect.SendDelayed))]
    public void A_statement_takes_no_more_steps_when_more_waits(string statement)
    {
        var sql = (string)typeof(SqliteDialect).GetMethod(statement)!.Invoke(null, ["Sales"])!;

        var steps = Steps(sql, waiting: Short);
        Assert.IsGreaterThan(0, steps);
        Assert.AreEqual(steps, Steps(sql, waiting: Long), sql);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public void Counting_roughly_takes_no_more_steps_beyond_some_thousands()
    {
        var sql = SqliteDialect.CountRoughly("Sales");

        Assert.AreEqual(Steps(sql, waiting: Long / 2), Steps(sql, waiting: Long));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(10), DataRow(6_000)]
    public async Task What_waits_is_counted_without_what_is_in_hand_or_due_later(int count)
    {
        using var folder = new TemporaryFolder();
        await using var transport = new SqliteTransport(folder.File("bus.db")).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await Assert.ThrowsAsync<NServiceBus.Unicast.Queuing.QueueNotFoundException>(() => transport.Waiting("Sales", test.CancellationToken));
        await transport.CreateQueues(["Sales"], test.CancellationToken);
        Assert.AreEqual(0, await transport.Waiting("Sales", test.CancellationToken));
        await transport.Send([.. Enumerable.Range(0, count).Select(number => Message($"{number}", expires: null)), Message("later", expires: null) with { DueAt = DateTimeOffset.MaxValue }], test.CancellationToken);
        await using var receiver = transport.Receive("Sales");
        var taken = await receiver.Take(most: 4, test.CancellationToken);
        await receiver.Settle(taken[0], test.CancellationToken);

        Assert.AreEqual(count - 4, await transport.Waiting("Sales", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Whatever_has_expired_is_dropped_and_never_handed_out_however_much_it_is()
    {
        using var folder = new TemporaryFolder();
        await using var transport = new SqliteTransport(folder.File("bus.db")).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], test.CancellationToken);
        await transport.Send([.. Enumerable.Range(0, 2_500).Select(number => Message($"late {number}", TimeSpan.FromTicks(1))), Message("in time", expires: null)], test.CancellationToken);
        await using var receiver = transport.Receive("Sales");

        var taken = await receiver.Take(most: 10, test.CancellationToken);

        Assert.AreEqual("in time", taken.Single().Headers[Headers.MessageId]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task All_that_fell_due_meanwhile_comes_in_its_order_however_much_it_is()
    {
        using var folder = new TemporaryFolder();
        await using var transport = new SqliteTransport(folder.File("bus.db")).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], test.CancellationToken);
        var longAgo = TimeProvider.System.GetUtcNow().AddDays(-1);
        await transport.Send([.. Enumerable.Range(0, 2_500).Select(number => Message($"{number}", expires: null) with { DueAt = longAgo.AddSeconds(number) })], test.CancellationToken);
        await using var receiver = transport.Receive("Sales");

        var taken = new List<string>();
        while (taken.Count < 2_500)
        {
            foreach (var message in await receiver.Take(most: 100, test.CancellationToken))
            {
                taken.Add(message.Headers[Headers.MessageId]);
                await receiver.Settle(message, test.CancellationToken);
            }
        }

        CollectionAssert.AreEqual(Enumerable.Range(0, 2_500).Select(number => $"{number}").ToList(), taken);
    }

    static OutgoingOperation Message(string id, TimeSpan? expires) =>
        new(id, new Dictionary<string, string> { [Headers.MessageId] = id }, "{}"u8.ToArray(), new Target.Queue("Sales"), ExpiresAfter: expires);

    static int Steps(string sql, int waiting)
    {
        const int vmSteps = 4;
        using var connection = Queue(waiting);
        var steps = 0;
        for (utf8z rest = utf8z.FromString(sql), tail; rest.utf8_to_string() is { Length: > 0 } left && left.Trim().Length > 0; rest = tail)
        {
            Assert.AreEqual(raw.SQLITE_OK, raw.sqlite3_prepare_v2(connection.Handle!, rest, out var statement, out tail), raw.sqlite3_errmsg(connection.Handle!).utf8_to_string());
            using (statement)
            {
                for (var parameter = 1; parameter <= raw.sqlite3_bind_parameter_count(statement); parameter++) Bind(statement, parameter, waiting);
                while (raw.sqlite3_step(statement) == raw.SQLITE_ROW)
                {
                }
                steps += raw.sqlite3_stmt_status(statement, vmSteps, 0);
            }
        }
        return steps;
    }

    static void Bind(sqlite3_stmt statement, int parameter, int waiting)
    {
        switch (raw.sqlite3_bind_parameter_name(statement, parameter).utf8_to_string())
        {
            case "$now":
                raw.sqlite3_bind_int64(statement, parameter, Now);
                break;
            case "$most":
                raw.sqlite3_bind_int64(statement, parameter, 10);
                break;
            case "$seq":
                raw.sqlite3_bind_int64(statement, parameter, InHand);
                break;
            case "$due" or "$until" or "$expires":
                raw.sqlite3_bind_int64(statement, parameter, Now + waiting / 2);
                break;
            default:
                raw.sqlite3_bind_text(statement, parameter, "me");
                break;
        }
    }

    /// <summary>Some in hand, the rest waiting; as many delayed; and some that have expired or are due.</summary>
    static SqliteConnection Queue(int waiting)
    {
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            {SqliteDialect.CreateQueue("Sales")}
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {waiting})
            INSERT INTO "Sales" (id, expires, headers, body) SELECT 'id', iif(i BETWEEN 40 AND 44, 1, iif(i % 2 = 0, {Now} + i, NULL)), 'headers', 'body' FROM n;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {waiting})
            INSERT INTO "Sales.Delayed" (id, headers, body, due) SELECT 'id', 'headers', 'body', iif(i <= 5, i, {Now} + i) FROM n;
            INSERT INTO "Sales.Claims" (seq, token, until, attempts) SELECT seq, 'me', {Now} + 1, 1 FROM "Sales" WHERE seq <= {InHand};
            """;
        command.ExecuteNonQuery();
        return connection;
    }
}
