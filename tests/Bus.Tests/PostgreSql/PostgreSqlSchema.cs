using Npgsql;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>A schema of a test's own on the server that tests/servers starts; gone with the test.</summary>
sealed class PostgreSqlSchema : IDisposable
{
    readonly string _server = Servers.Postgres;

    public PostgreSqlSchema() => Execute($"CREATE SCHEMA \"{Name}\"");

    public string Name { get; } = $"test_{Guid.NewGuid():N}";

    public string ConnectionString => _server;

    public NpgsqlConnection Connect() => new(_server);

    public void Execute(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    public T Scalar<T>(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return (T)command.ExecuteScalar()!;
    }

    public void Dispose() => Execute($"SET client_min_messages = warning; DROP SCHEMA \"{Name}\" CASCADE");
}
