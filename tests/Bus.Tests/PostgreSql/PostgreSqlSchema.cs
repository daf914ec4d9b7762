using Dovetail.Bus.Tests.Conformance;
using Npgsql;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>A schema of a test's own on the server that tests/servers starts; gone with the test.</summary>
sealed class PostgreSqlSchema : IDisposable
{
    readonly string _server;

    /// <param name="server">Another server than everybody's.</param>
    public PostgreSqlSchema(string? server = null)
    {
        _server = server ?? Servers.Postgres;
        Execute($"CREATE SCHEMA \"{Name}\"");
    }

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

    /// <summary>Columns, keys and indexes of all tables, a line for each.</summary>
    public string[] Describe()
    {
        var text = Scalar<string>($"""
            SELECT string_agg(line, E'\n') FROM (
                SELECT format('column %I.%I %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE '' END, pg_get_expr(d.adbin, d.adrelid)) AS line
                FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
                WHERE c.relnamespace = '"{Name}"'::regnamespace AND c.relkind = 'r'
                UNION ALL
                SELECT format('%s %I on %I %s', CASE WHEN i.indisprimary THEN 'key' WHEN i.indisunique THEN 'unique index' ELSE 'index' END, x.relname, c.relname, substring(pg_get_indexdef(i.indexrelid) from 'USING btree (.*)'))
                FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = '"{Name}"'::regnamespace) AS lines
            """);
        return text.Replace($"{Name}.", "", StringComparison.Ordinal).Split('\n');
    }

    /// <summary>Makes the tables of a capture, in this schema.</summary>
    public void Load(string capture) => Execute(Capture(capture).Replace("public.", $"\"{Name}\".", StringComparison.Ordinal));

    public static string Capture(string name) => File.ReadAllText(Path.Combine(Path.GetDirectoryName(Catalogue.Document)!, "..", "tests", "Bus.Tests", "PostgreSql", "Captures", name));

    public T Scalar<T>(string sql) => Maybe<T>(sql)!;

    public T? Maybe<T>(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        return (T?)command.ExecuteScalar();
    }

    public void Dispose() => Execute($"SET client_min_messages = warning; DROP SCHEMA \"{Name}\" CASCADE");
}
