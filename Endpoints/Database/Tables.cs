using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Hosting;

namespace Dovetail.Endpoints.Database;

/// <summary>Creates the tables of a context, and the folder and the file if need be.</summary>
/// <remarks>
/// The file also holds the tables of others, where EnsureCreated does nothing. Migrations take a lock that a killed process leaves behind
/// for ever on SQLite, so that the next start would hang; this is one transaction, which a killed process takes with it.
/// </remarks>
static class Tables
{
    public static async Task Create(DbContext context, CancellationToken cancellation)
    {
        if (Path.GetDirectoryName(new SqliteConnectionStringBuilder(context.Database.GetConnectionString()).DataSource) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);

        await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellation);

        // It takes SQLite's write lock at once: of two processes that start together, the second finds the tables of the first.
        await using var transaction = await context.Database.BeginTransactionAsync(cancellation);
        var first = context.Model.GetEntityTypes().First().GetTableName();
        if (!await context.Database.SqlQuery<string>($"SELECT name AS Value FROM sqlite_master WHERE name = {first}").AnyAsync(cancellation))
            await context.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(cancellation);
        else
            await AddColumns(context, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Columns that came after the table; rows that were there before have nothing in them.</summary>
    static async Task AddColumns(DbContext context, CancellationToken cancellation)
    {
        foreach (var entity in context.Model.GetEntityTypes())
        {
            var table = entity.GetTableName()!;
            var known = await context.Database.SqlQuery<string>($"SELECT name AS Value FROM pragma_table_info({table})").ToListAsync(cancellation);
            foreach (var column in entity.GetProperties().Where(column => column.IsNullable && known.Count > 0 && !known.Contains(column.GetColumnName())))
            {
                // Names from the model, not from outside; a statement that changes a table takes no parameters.
                var statement = $"ALTER TABLE \"{table}\" ADD COLUMN \"{column.GetColumnName()}\" {column.GetColumnType()} NULL";
                await context.Database.ExecuteSqlRawAsync(statement, cancellation);
            }
        }
    }
}

/// <summary>Creates them before anything of the host starts to use them.</summary>
sealed class TablesAtStart<TContext>(IDbContextFactory<TContext> contexts) : IHostedLifecycleService where TContext : DbContext
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var context = await contexts.CreateDbContextAsync(cancellationToken);
        await Tables.Create(context, cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
