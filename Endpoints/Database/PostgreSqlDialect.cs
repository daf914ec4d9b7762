using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Dovetail.Endpoints.Database;

/// <summary>Tables in a PostgreSQL database, which the bus may use too. Their names are in lower case, so that they need no quotes.</summary>
sealed class PostgreSqlDialect : Dialect
{
    // Whoever wants several takes them in the same order as everybody else, so that no two wait for each other.
    const string TakeTurns = "SELECT pg_advisory_xact_lock(hashtextextended(about, 7167340187)) FROM unnest(@about) AS about";

    // A process that stands still in the middle of its commit must not hold up, behind whoever writes about the same, all that others write.
    const string WaitNoLongerThan = "SET lock_timeout = '5s'";

    public static readonly PostgreSqlDialect Instance = new();

    public override void Use(DbContextOptionsBuilder options, string connectionString) =>
        options.UseNpgsql(connectionString).ReplaceService<IModelCustomizer, LowerCaseNames>();

    public override DbConnection Open(string connectionString)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, MaxAutoPrepare = 100 }.ToString());
        connection.Open();
        using var patience = connection.CreateCommand();
        patience.CommandText = WaitNoLongerThan;
        patience.ExecuteNonQuery();
        return connection;
    }

    public override DbTransaction Begin(DbConnection connection, IEnumerable<string> about)
    {
        var transaction = connection.BeginTransaction();
        using var turns = connection.CreateCommand();
        (turns.CommandText, turns.Transaction) = (TakeTurns, transaction);
        turns.Parameters.Add(Turns(about));
        try
        {
            turns.ExecuteNonQuery();
            return transaction;
        }
        catch
        {
            transaction.Dispose();
            throw;
        }
    }

    public override async Task<IDbContextTransaction> Begin(DbContext context, CancellationToken cancellation)
    {
        var transaction = await context.Database.BeginTransactionAsync(cancellation);
        await context.Database.ExecuteSqlRawAsync(TakeTurns, [Turns([context.GetType().FullName!])], cancellation);
        return transaction;
    }

    public override async Task CreateTables(DbContext context, CancellationToken cancellation)
    {
        await using var transaction = await Begin(context, cancellation);
        var first = context.Model.GetEntityTypes().First().GetTableName()!;
        if (!await Named(context, first).AnyAsync(cancellation))
            await context.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(cancellation);
        else
            await Columns.Add(context, table => Named(context, table), cancellation);
        await transaction.CommitAsync(cancellation);
    }

    public override bool IsItsOwnFault(DbException failure) =>
        failure is PostgresException { SqlState: var state } && (state.StartsWith("23", StringComparison.Ordinal) || state == PostgresErrorCodes.LockNotAvailable);

    public override bool IsDuplicate(DbException failure) => failure is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    static NpgsqlParameter Turns(IEnumerable<string> about) => new("about", about.Distinct().Order(StringComparer.Ordinal).ToArray());

    /// <summary>The columns of a table of that name, none if there is no such table.</summary>
    static IQueryable<string> Named(DbContext context, string table) => context.Database.SqlQuery<string>(
        $"SELECT column_name::text AS \"Value\" FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = {table}");

    sealed class LowerCaseNames(ModelCustomizerDependencies dependencies) : RelationalModelCustomizer(dependencies)
    {
        public override void Customize(ModelBuilder modelBuilder, DbContext context)
        {
            base.Customize(modelBuilder, context);
            foreach (var entity in modelBuilder.Model.GetEntityTypes())
            {
                entity.SetTableName(Lower(entity.GetTableName()));
                foreach (var column in entity.GetProperties()) column.SetColumnName(Lower(column.GetColumnName()));
                foreach (var key in entity.GetKeys()) key.SetName(Lower(key.GetName()));
                foreach (var index in entity.GetIndexes()) index.SetDatabaseName(Lower(index.GetDatabaseName()));
            }
        }

        static string? Lower(string? name) => name?.ToLowerInvariant();
    }
}
