using System.Data.Common;
using Dovetail.Bus.Sql;
using Dovetail.Bus.Tests.PostgreSql;
using Dovetail.Bus.Victim;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dovetail.Bus.Tests.Crashes;

/// <summary>Where a small system keeps its messages and its business, and tests look for what became of them.</summary>
interface ICrashDatabase : IDisposable
{
    /// <summary>By which the processes find it.</summary>
    string Name { get; }

    /// <summary>False where what was sent before a crash is sent again after it, under the same id: who receives it can tell.</summary>
    bool SendsOnce => true;

    DbConnection Connect();

    /// <summary>Messages that wait, are claimed, or are delayed.</summary>
    Task<long> Left(DbConnection connection) => Task.FromResult(
        SmallSystem.Queues.Sum(queue => new[] { queue, $"{queue}.Claims", $"{queue}.Delayed" }.Sum(table => connection.Number($"SELECT count(*) FROM \"{table}\""))));

    Task<long> Errors(DbConnection connection) => Task.FromResult(connection.Number("SELECT count(*) FROM error"));

    /// <summary>The headers of all copies in the audit.</summary>
    Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> Audit(DbConnection connection) =>
        Task.FromResult<IReadOnlyList<IReadOnlyDictionary<string, string>>>(connection.Rows("SELECT headers FROM audit", row => HeadersJson.Read(row.GetString(0))));
}

/// <inheritdoc />
sealed class SqliteCrashDatabase : ICrashDatabase
{
    readonly TemporaryFolder _folder = new();

    public string Name => _folder.File("bus.db");

    public DbConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Name, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    public void Dispose() => _folder.Dispose();
}

/// <inheritdoc />
sealed class PostgreSqlCrashDatabase : ICrashDatabase
{
    readonly PostgreSqlSchema _schema = new();

    public string Name => new NpgsqlConnectionStringBuilder(_schema.ConnectionString) { SearchPath = _schema.Name }.ToString();

    public DbConnection Connect()
    {
        var connection = new NpgsqlConnection(Name);
        connection.Open();
        return connection;
    }

    public void Dispose() => _schema.Dispose();
}
