using System.Data.Common;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>A connection that stays open between batches, so that its statements stay prepared; a new one takes its place after a failure.</summary>
sealed class LaneConnection(Func<CancellationToken, Task<DbConnection>> connect, ServerDialect dialect) : IAsyncDisposable
{
    DbConnection? _connection;

    public async Task<DbConnection> Open()
    {
        if (_connection is { State: System.Data.ConnectionState.Open } open) return open;
        await Drop();
        var connection = await connect(CancellationToken.None);
        try
        {
            await Execute(connection, dialect.Prepare);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        return _connection = connection;
    }

    /// <summary>Whatever state it is in, the next batch gets another.</summary>
    public async Task Drop()
    {
        if (_connection is not { } connection) return;
        _connection = null;
        try
        {
            if (connection.State == System.Data.ConnectionState.Open) await Execute(connection, dialect.Restore);
            await connection.DisposeAsync();
        }
        catch (Exception)
        {
            // It is gone either way, and those who wait must hear of what went wrong before.
        }
    }

    public async ValueTask DisposeAsync() => await Drop();

    static async Task Execute(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
