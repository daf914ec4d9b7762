using System.Data.Common;
using Dovetail.Bus.Tests.PostgreSql;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Dovetail.Bus.Tests.Crashes;

/// <summary>Where a small system keeps its messages and its business, and tests look for what became of them.</summary>
interface ICrashDatabase : IDisposable
{
    /// <summary>By which the processes find it.</summary>
    string Name { get; }

    DbConnection Connect();
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
