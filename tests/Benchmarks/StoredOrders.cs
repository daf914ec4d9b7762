using Microsoft.Data.Sqlite;

namespace Dovetail.Benchmarks;

/// <summary>Multiplies the orders that a hub has brought to their end, in every table in which they left something, as if as many had been placed.</summary>
/// <remarks>
/// The hub must not run meanwhile. What is in a copy is what the original had, but for its ids. Handled messages are remembered for a day,
/// in which a tenth of these orders may have come. The audit is left out: with its ingestion off it would only wait in its queue.
/// </remarks>
static class StoredOrders
{
    /// <param name="name">What the ids of the originals begin with.</param>
    /// <param name="originals">How many there are; a table with fewer rows holds something else.</param>
    /// <returns>How many rows there are now in all these tables.</returns>
    public static long Multiply(string path, string name, int originals, int copies)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        Execute(connection, "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; PRAGMA wal_autocheckpoint = 100000; CREATE TEMP TABLE Copies (Number INTEGER PRIMARY KEY)");
        Execute(connection, "DELETE FROM audit");
        Execute(connection, $"WITH RECURSIVE Numbers (Number) AS (SELECT 1 UNION ALL SELECT Number + 1 FROM Numbers LIMIT {copies}) INSERT INTO Copies SELECT Number FROM Numbers");
        var rows = 0L;
        foreach (var table in Texts(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"))
        {
            if (Count(connection, table) is var count && count < originals) continue;
            Copy(connection, table, name, table.EndsWith("_OutboxData", StringComparison.Ordinal) ? copies / 10 : copies);
            rows += Count(connection, table);
        }
        Execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
        return rows;
    }

    static void Copy(SqliteConnection connection, string table, string name, int copies)
    {
        // A number that SQLite gives out itself is given out anew.
        var columns = Texts(connection, $"SELECT name FROM pragma_table_info('{table}') WHERE NOT (pk = 1 AND type = 'INTEGER' AND (SELECT max(pk) FROM pragma_table_info('{table}')) = 1)");
        var unique = Texts(connection, $"SELECT DISTINCT i.name FROM pragma_index_list('{table}') l JOIN pragma_index_info(l.name) i WHERE l.\"unique\" = 1 AND i.name IS NOT NULL").ToHashSet(StringComparer.Ordinal);
        unique.UnionWith(Texts(connection, $"SELECT name FROM pragma_table_info('{table}') WHERE pk > 0"));
        var values = columns.Select(column => $"""
            CASE WHEN typeof("{column}") <> 'text' THEN "{column}"
                WHEN instr("{column}", '{name}') > 0 THEN replace("{column}", '{name}', '{name}' || Number || '-')
                {(unique.Contains(column) ? $"WHEN length(\"{column}\") > 20 THEN printf('%08x', Number) || substr(\"{column}\", 9)" : "")}
                ELSE "{column}" END
            """);
        // What does not belong to one order, such as the customer, is there once.
        var names = string.Join(", ", columns.Select(column => $"\"{column}\""));
        Execute(connection, $"INSERT OR IGNORE INTO \"{table}\" ({names}) SELECT {string.Join(", ", values)} FROM Copies CROSS JOIN (SELECT {names} FROM \"{table}\") WHERE Number <= {copies}");
    }

    static long Count(SqliteConnection connection, string table)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT count(*) FROM \"{table}\"";
        return (long)command.ExecuteScalar()!;
    }

    static List<string> Texts(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var texts = new List<string>();
        while (reader.Read()) texts.Add(reader.GetString(0));
        return texts;
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
