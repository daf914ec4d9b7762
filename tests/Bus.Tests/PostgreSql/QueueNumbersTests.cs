using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>The numbers of the rows in a queue, which are used up one day; and what a start does to tables that are in use.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class QueueNumbersTests(TestContext test) : IDisposable
{
    readonly PostgreSqlSchema _schema = new();

    CancellationToken Cancellation => test.CancellationToken;

    string Numbers => $"\"{_schema.Name}\".\"Sales_seq_seq\"";

    public void Dispose() => _schema.Dispose();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_start_does_not_wait_for_whoever_is_sending()
    {
        await using var sales = await Open();
        await using var sending = await Send();

        await sales.CreateQueues(["Sales"], Cancellation);

        Assert.IsTrue(AreEndless());
        await Run(sending, "COMMIT");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Numbers_that_would_end_are_let_begin_anew_by_the_first_start_that_nobody_hinders()
    {
        await using var sales = await Open();
        _schema.Execute($"ALTER SEQUENCE {Numbers} NO CYCLE");
        await using (var sending = await Send())
        {
            await sales.CreateQueues(["Sales"], Cancellation);
            Assert.IsFalse(AreEndless());
            await Run(sending, "COMMIT");
        }

        await sales.CreateQueues(["Sales"], Cancellation);

        Assert.IsTrue(AreEndless());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_queue_whose_numbers_have_just_begun_anew_is_no_longer_than_it_is()
    {
        await using var sales = await Open();
        _schema.Execute($"SELECT setval('{Numbers}', {int.MaxValue - 3_000})");

        _schema.Execute($"""INSERT INTO "{_schema.Name}"."Sales" (id, headers) SELECT gen_random_uuid(), '' FROM generate_series(1, 7000)""");

        Assert.AreEqual(7_000, await sales.Waiting("Sales", Cancellation));
    }

    async Task<ITransport> Open()
    {
        var transport = PostgreSqlBus.Definition(_schema, TimeSpan.FromMinutes(5)).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], Cancellation);
        return transport;
    }

    /// <summary>Somebody who is not done with sending, for now and for later.</summary>
    async Task<NpgsqlConnection> Send()
    {
        var connection = _schema.Connect();
        await connection.OpenAsync(Cancellation);
        await Run(connection, $"""BEGIN; INSERT INTO "{_schema.Name}"."Sales" (id, headers) VALUES (gen_random_uuid(), ''); INSERT INTO "{_schema.Name}"."Sales.Delayed" (headers, due) VALUES ('', now())""");
        return connection;
    }

    async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    bool AreEndless() => _schema.Scalar<bool>($"SELECT seqcycle FROM pg_sequence WHERE seqrelid = '{Numbers}'::regclass");
}
