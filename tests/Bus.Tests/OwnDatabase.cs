using Npgsql;

namespace Dovetail.Bus.Tests;

/// <summary>A database of the test's own in the PostgreSQL that <c>tests/servers up</c> has started.</summary>
sealed class OwnDatabase : IAsyncDisposable
{
    readonly string _name = $"test_{Guid.NewGuid():N}";

    public string ConnectionString => new NpgsqlConnectionStringBuilder(Servers.Postgres) { Database = _name, Pooling = false }.ToString();

    public static async Task<OwnDatabase> Create(CancellationToken cancellation)
    {
        var database = NotYetThere();
        await database.Make(cancellation);
        return database;
    }

    /// <summary>Only its name is known.</summary>
    public static OwnDatabase NotYetThere() => new();

    public Task Make(CancellationToken cancellation) => Execute($"CREATE DATABASE {_name}", cancellation);

    /// <summary>As a server that is restarted does.</summary>
    public Task CutConnections(CancellationToken cancellation) => Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{_name}'", cancellation);

    public async ValueTask DisposeAsync() => await Execute($"DROP DATABASE {_name} WITH (FORCE)", CancellationToken.None);

    static async Task Execute(string statement, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(Servers.Postgres);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand(statement, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
