using Microsoft.Data.Sqlite;

namespace Dovetail.Benchmarks;

/// <summary>Looks into the hub's database from outside, so that looking costs the hub nothing.</summary>
sealed class OrderBooks(SqliteConnection connection) : IAsyncDisposable
{
    long _seenUpTo;
    int _ended;

    public static async Task<OrderBooks> Open(string path)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        await connection.OpenAsync();
        return new OrderBooks(connection);
    }

    /// <summary>How many orders have come to their end. Only what was written since the last look is looked at.</summary>
    public async Task<int> Ended()
    {
        var last = await Number("SELECT coalesce(max(rowid), 0) FROM JourneyEntries");
        _ended += (int)await Number($"SELECT count(*) FROM JourneyEntries WHERE rowid > {_seenUpTo} AND rowid <= {last} AND Kind IN ('completed', 'cancelled')");
        _seenUpTo = last;
        return _ended;
    }

    /// <summary>How many messages were handled: each has left a copy in the audit.</summary>
    public Task<long> Handled() => Number("SELECT seq FROM sqlite_sequence WHERE name = 'audit'");

    public async Task UntilAuditIsEmpty()
    {
        while (await Number("SELECT EXISTS (SELECT 1 FROM audit)") == 1) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    async Task<long> Number(string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync() is long number ? number : 0;
    }
}
