using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Dovetail.Endpoints.Database;

/// <summary>Tables in a SQLite file, which the bus may use too.</summary>
sealed class SqliteDialect : Dialect
{
    const int ConstraintBroken = 19;

    public static readonly SqliteDialect Instance = new();

    public override void Use(DbContextOptionsBuilder options, string connectionString) => options.UseSqlite(connectionString).AddInterceptors(PatientConnection.Instance);

    public override DbConnection Open(string connectionString)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(connectionString) { Pooling = false }.ToString());
        connection.Open();
        using var patience = connection.CreateCommand();
        patience.CommandText = $"{PatientConnection.Patience}; PRAGMA synchronous = FULL";
        patience.ExecuteNonQuery();
        return connection;
    }

    public override Task<IDisposable?> InTurn(string connectionString) => WriteTurns.Of(connectionString).Take();

    // It takes SQLite's write lock at once: to read first and lock then fails when another process writes in between.
    public override DbTransaction Begin(DbConnection connection, IEnumerable<string> about) => ((SqliteConnection)connection).BeginTransaction(deferred: false);

    public override Task<IDbContextTransaction> Begin(DbContext context, CancellationToken cancellation) => context.Database.BeginTransactionAsync(cancellation);

    /// <remarks>
    /// The folder and the file too. The file also holds the tables of others, where EnsureCreated does nothing. Migrations take a lock that a killed process
    /// leaves behind for ever on SQLite, so that the next start would hang; this is one transaction, which a killed process takes with it.
    /// </remarks>
    public override async Task CreateTables(DbContext context, CancellationToken cancellation)
    {
        if (Path.GetDirectoryName(new SqliteConnectionStringBuilder(context.Database.GetConnectionString()).DataSource) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);

        await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellation);
        await using var transaction = await Begin(context, cancellation);
        var first = context.Model.GetEntityTypes().First().GetTableName();
        if (!await context.Database.SqlQuery<string>($"SELECT name AS Value FROM sqlite_master WHERE name = {first}").AnyAsync(cancellation))
            await context.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(cancellation);
        else
            await Columns.Add(context, table => context.Database.SqlQuery<string>($"SELECT name AS Value FROM pragma_table_info({table})"), cancellation);
        await transaction.CommitAsync(cancellation);
    }

    public override bool IsItsOwnFault(DbException failure) => failure is SqliteException { SqliteErrorCode: ConstraintBroken };

    public override bool IsDuplicate(DbException failure) =>
        failure is SqliteException { SqliteExtendedErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT_UNIQUE or SQLitePCL.raw.SQLITE_CONSTRAINT_PRIMARYKEY };

    // SQLite has neither decimals nor days: both are kept as text.
    public override object Stored(object? value) => value switch
    {
        decimal number => number.ToString(CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
        _ => base.Stored(value),
    };
}
