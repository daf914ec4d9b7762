using Dovetail.Hub.Settings;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dovetail.Hub.Setup;

/// <summary>The queues and tables in a database.</summary>
sealed record Contents(IReadOnlySet<string> Queues, IReadOnlySet<string> Tables)
{
    static readonly string[] PartsOfQueue = [".Claims", ".Delayed"];

    static readonly Contents Nothing = new(new HashSet<string>(), new HashSet<string>());

    public static Contents Together(Contents one, Contents other) =>
        new(one.Queues.Union(other.Queues).ToHashSet(StringComparer.Ordinal), one.Tables.Union(other.Tables).ToHashSet(StringComparer.Ordinal));

    public Contents Without(string? table) => this with { Tables = Tables.Where(name => name != table).ToHashSet(StringComparer.Ordinal) };

    /// <summary>What of this is there. Nothing is created by looking.</summary>
    /// <param name="place">A file, or the connection string of a server.</param>
    public async Task<Contents> In(string place, IConfiguration configuration, CancellationToken cancellation)
    {
        if (!Places.IsServerIn(place)) return Of(place);

        // Names are in lower case there, where they stand in statements without quotes.
        var tables = await TablesOn(place, cancellation);
        return new(
            Queues.Count == 0 ? Queues : await Engine.Existing(configuration, Queues, cancellation),
            Tables.Where(table => tables.Contains(table)).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Empty for a file that is not there; nothing is created by looking.</summary>
    public static Contents Of(string file)
    {
        if (!File.Exists(file)) return Nothing;

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var select = connection.CreateCommand();
        select.CommandText = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        using var rows = select.ExecuteReader();
        var all = new HashSet<string>(StringComparer.Ordinal);
        while (rows.Read()) all.Add(rows.GetString(0));

        // A queue is a table with these two beside it.
        var queues = all.Where(name => Array.TrueForAll(PartsOfQueue, part => all.Contains(name + part))).ToHashSet(StringComparer.Ordinal);
        return new(queues, all.Except(queues).Where(name => !PartsOfQueue.Any(part => name.EndsWith(part, StringComparison.Ordinal) && queues.Contains(name[..^part.Length]))).ToHashSet(StringComparer.Ordinal));
    }

    static async Task<HashSet<string>> TablesOn(string server, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync(cancellation);
        await using var select = new NpgsqlCommand("SELECT table_name FROM information_schema.tables", connection);
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        var all = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (await rows.ReadAsync(cancellation)) all.Add(rows.GetString(0));
        return all;
    }
}
