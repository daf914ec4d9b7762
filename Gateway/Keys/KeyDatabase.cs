using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Dovetail.Gateway.Keys;

/// <summary>The table of keys, in a SQLite file or, where several gateways share it, in PostgreSQL.</summary>
sealed class KeyDatabase(string connectionString) : DbContext
{
    // Idempotent by itself, because the database may be shared and may already hold other tables.
    const string SqliteSchema = """
        CREATE TABLE IF NOT EXISTS "ApiKeys" (
            "Id" TEXT NOT NULL PRIMARY KEY,
            "Client" TEXT NOT NULL,
            "Name" TEXT NOT NULL,
            "Roles" TEXT NOT NULL,
            "Created" TEXT NOT NULL,
            "Expires" TEXT NULL,
            "Revoked" TEXT NULL,
            "Hash" BLOB NOT NULL UNIQUE
        );
        """;

    const string PostgreSqlSchema = """
        CREATE TABLE IF NOT EXISTS "ApiKeys" (
            "Id" text NOT NULL PRIMARY KEY,
            "Client" text NOT NULL,
            "Name" text NOT NULL,
            "Roles" text[] NOT NULL,
            "Created" timestamptz NOT NULL,
            "Expires" timestamptz NULL,
            "Revoked" timestamptz NULL,
            "Hash" bytea NOT NULL UNIQUE
        );
        """;

    const string IsThere = """SELECT to_regclass('"ApiKeys"') IS NOT NULL AS "Value" """;

    // SQLite takes its write lock as a transaction begins; this makes PostgreSQL do the same for the keys.
    const string TakeTurn = "SELECT pg_advisory_xact_lock(3150287746)";

    readonly bool _isServer = IsServer(connectionString);

    public DbSet<ApiKey> Keys => Set<ApiKey>();

    /// <summary>Whether a connection string is PostgreSQL's, which names a host, and not SQLite's, which names a file.</summary>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    public static bool IsServer(string connectionString) => new DbConnectionStringBuilder { ConnectionString = connectionString }.ContainsKey("Host");

    /// <summary>Whether the database is to blame. For a server that is away Entity Framework wraps what the server's client threw.</summary>
    public static bool Caused(Exception failure) => failure is DbException || (failure.InnerException is { } cause && Caused(cause));

    /// <summary>The folder too, where it is a file.</summary>
    public async Task CreateSchema(CancellationToken cancellation)
    {
        if (!_isServer && Path.GetDirectoryName(Path.GetFullPath(new SqliteConnectionStringBuilder(connectionString).DataSource)) is { } folder)
            Directory.CreateDirectory(folder);
        await using var transaction = await BeginWriting(cancellation);

        // PostgreSQL wants the right to create even where there is nothing left to create.
        if (_isServer && await Database.SqlQueryRaw<bool>(IsThere).SingleAsync(cancellation)) return;
        await Database.ExecuteSqlRawAsync(_isServer ? PostgreSqlSchema : SqliteSchema, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>A transaction in which nobody else changes keys.</summary>
    public async Task<IDbContextTransaction> BeginWriting(CancellationToken cancellation)
    {
        var transaction = await Database.BeginTransactionAsync(cancellation);
        if (_isServer) await Database.ExecuteSqlRawAsync(TakeTurn, cancellation);
        return transaction;
    }

    protected override void OnConfiguring(DbContextOptionsBuilder options)
    {
        if (_isServer) options.UseNpgsql(connectionString);
        else options.UseSqlite(connectionString);
    }

    protected override void OnModelCreating(ModelBuilder model) => model.Entity<ApiKey>(key =>
    {
        key.ToTable("ApiKeys");
        key.Property(k => k.Hash);
    });
}
