using Npgsql;
using Dovetail.Bus.Tests;

namespace Dovetail.Endpoints.Tests.Database;

/// <summary>A schema of the test's own in the PostgreSQL that <c>tests/servers up</c> has started.</summary>
sealed class OwnSchema : IAsyncDisposable
{
    readonly string _name = $"test_{Guid.NewGuid():N}";

    public string ConnectionString => new NpgsqlConnectionStringBuilder(Servers.Postgres) { SearchPath = _name, Pooling = false }.ToString();

    public static async Task<OwnSchema> Create(CancellationToken cancellation)
    {
        var schema = new OwnSchema();
        await schema.Execute("CREATE SCHEMA", "", cancellation);
        return schema;
    }

    public async ValueTask DisposeAsync() => await Execute("DROP SCHEMA", " CASCADE", CancellationToken.None);

    async Task Execute(string verb, string how, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(Servers.Postgres);
        await connection.OpenAsync(cancellation);
        await using var command = new NpgsqlCommand($"{verb} {_name}{how}", connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
