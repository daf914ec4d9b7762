using Microsoft.Data.Sqlite;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>One connection with the statements prepared on it. Not for several threads at a time.</summary>
sealed class Statements(SqliteConnection connection) : IDisposable
{
    readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    public SqliteConnection Connection => connection;

    public SqliteTransaction? Transaction { get; private set; }

    /// <summary>Takes the database's write lock at once: a transaction that began as a reader could not become a writer later.</summary>
    public void Begin() => Transaction = connection.BeginTransaction(deferred: false);

    public void Commit()
    {
        Transaction!.Commit();
        End();
    }

    public void Rollback()
    {
        try
        {
            Transaction?.Rollback();
        }
        catch (Exception failure) when (failure is SqliteException or InvalidOperationException)
        {
            // SQLite rolls back by itself when the disk fails, and then there is nothing left to roll back.
        }
        End();
    }

    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteNonQuery();

    public long Number(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteScalar() is long number ? number : 0;

    public string? Text(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) => Prepare(sql, parameters).ExecuteScalar() as string;

    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using var reader = Prepare(sql, parameters).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read()) rows.Add(read(reader));
        return rows;
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        Transaction?.Dispose();
        connection.Dispose();
    }

    void End()
    {
        Transaction?.Dispose();
        Transaction = null;
    }

    SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            _prepared.Add(sql, command);
        }
        command.Transaction = Transaction;
        foreach (var (name, value) in parameters)
        {
            if (command.Parameters.Contains(name)) command.Parameters[name].Value = value ?? DBNull.Value;
            else command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }
        return command;
    }
}
