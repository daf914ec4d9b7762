using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using RabbitMQ.Client;

namespace Dovetail.Benchmarks;

/// <summary>Looks into the hub's database from outside, so that looking costs the hub nothing.</summary>
/// <param name="ended">Counts the orders that have ended.</param>
/// <param name="handled">Counts the messages that were handled: each has left a copy in the audit.</param>
/// <param name="waiting">Counts the copies that are not ingested.</param>
sealed class OrderBooks(DbConnection database, Func<Task<int>> ended, Func<Task<long>> handled, Func<Task<long>> waiting, IAsyncDisposable? broker = null) : IAsyncDisposable
{
    public Task<int> Ended() => ended();

    public Task<long> Handled() => handled();

    public async Task UntilAuditIsEmpty()
    {
        while (await waiting() > 0) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        if (broker is not null) await broker.DisposeAsync();
        await database.DisposeAsync();
    }

    public static async Task<OrderBooks> OfFile(string connectionString)
    {
        var database = new SqliteConnection(connectionString);
        await database.OpenAsync();
        var (seenUpTo, ended) = (0L, 0);
        return new(database, Ended, () => Number(database, "SELECT seq FROM sqlite_sequence WHERE name = 'audit'"), () => Number(database, "SELECT EXISTS (SELECT 1 FROM audit)"));

        // Only what was written since the last look is looked at.
        async Task<int> Ended()
        {
            var last = await Number(database, "SELECT coalesce(max(rowid), 0) FROM JourneyEntries");
            ended += (int)await Number(database, $"SELECT count(*) FROM JourneyEntries WHERE rowid > {seenUpTo} AND rowid <= {last} AND Kind IN ('completed', 'cancelled')");
            seenUpTo = last;
            return ended;
        }
    }

    /// <param name="broker">Null where queues are tables too.</param>
    /// <param name="unsettled">Copies in the broker's queue, those included that are in somebody's hand; it may tell late.</param>
    public static async Task<OrderBooks> OfServer(string connectionString, Uri? broker = null, Func<Task<long>>? unsettled = null)
    {
        const string ended = "Kind IN ('completed', 'cancelled')";
        const string ingested = "SELECT count(*) FROM servicecontrol.\"Messages\"";
        var database = new NpgsqlConnection(connectionString);
        await database.OpenAsync();
        // So that to count costs the server nothing.
        await Number(database, $"CREATE INDEX IF NOT EXISTS EndedForBenchmark ON JourneyEntries (OrderId) WHERE {ended}");
        var hasStore = await Number(database, "SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'servicecontrol'") > 0;
        if (broker is null) return new(database, Ended, async () => await Waiting() + await Ingested(), Waiting);

        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        return new(database, Ended, async () => await Ready() + await Ingested(), Unsettled, connection);

        async Task<int> Ended() => (int)await Number(database, $"SELECT count(*) FROM JourneyEntries WHERE {ended}");
        Task<long> Ingested() => hasStore ? Number(database, ingested) : Task.FromResult(0L);
        Task<long> Waiting() => Number(database, "SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM \"audit.Claims\")");
        async Task<long> Ready() => (await channel.QueueDeclarePassiveAsync("audit")).MessageCount;

        async Task<long> Unsettled() => await Ready() is > 0 and var ready ? ready : await unsettled!();
    }

    static async Task<long> Number(DbConnection database, string sql)
    {
        await using var command = database.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(await command.ExecuteScalarAsync() ?? 0L, CultureInfo.InvariantCulture);
    }
}
