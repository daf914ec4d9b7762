using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Npgsql;
using RabbitMQ.Client;

namespace Dovetail.Benchmarks;

/// <summary>Looks into the hub's database from outside, so that looking costs the hub nothing.</summary>
/// <param name="through">Counts the orders that are through: the last that is done for one is to close its deal in the CRM. Given what their ids begin with, before a hyphen.</param>
/// <param name="handled">Counts the messages that were handled: each has left a copy in the audit.</param>
/// <param name="waiting">Counts the copies that are not ingested.</param>
sealed class OrderBooks(DbConnection database, Func<string, Task<long>> through, Func<Task<long>> handled, Func<Task<long>> waiting, IAsyncDisposable? broker = null) : IAsyncDisposable
{
    const string Closed = "SELECT count(*) FROM CrmLinks WHERE Step >= 4";

    public async Task<int> Through(string name) => (int)await through(name);

    public Task<long> Handled() => handled();

    public Task<long> Waiting() => waiting();

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
        return new(
            database,
            name => Number(database, $"{Closed} AND Subject >= 'deal {name}-' AND Subject < 'deal {name}.'"),
            () => Number(database, "SELECT seq FROM sqlite_sequence WHERE name = 'audit'"),
            () => Number(database, "SELECT count(*) FROM audit"));
    }

    /// <param name="broker">Null where queues are tables too.</param>
    /// <param name="unsettled">Copies in the broker's queue, those included that are in somebody's hand; it may tell late.</param>
    public static async Task<OrderBooks> OfServer(string connectionString, Uri? broker = null, Func<Task<long>>? unsettled = null)
    {
        const string ingested = "SELECT count(*) FROM servicecontrol.\"Messages\"";
        var database = new NpgsqlConnection(connectionString);
        await database.OpenAsync();
        // So that to count costs the server nothing.
        await Number(database, "CREATE INDEX IF NOT EXISTS ClosedForBenchmark ON CrmLinks (Subject) WHERE Step >= 4");
        var hasStore = await Number(database, "SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'servicecontrol'") > 0;
        if (broker is null) return new(database, Through, async () => await Waiting() + await Ingested(), Waiting);

        var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync();
        return new(database, Through, async () => await Ready() + await Ingested(), Unsettled, connection);

        Task<long> Through(string name) => Number(database, $"{Closed} AND Subject LIKE 'deal {name}-%'");
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
