using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Dovetail.Endpoints.Database;

/// <summary>What differs between the databases that endpoints keep their tables in. Statements are the same for all: names without quotes, parameters, ON CONFLICT.</summary>
abstract class Dialect
{
    /// <summary>Which one a connection string is for: PostgreSQL's names a host, SQLite's a file.</summary>
    /// <exception cref="ArgumentException">It is no connection string.</exception>
    public static Dialect Of(string connectionString) =>
        new DbConnectionStringBuilder { ConnectionString = connectionString }.ContainsKey("Host") ? PostgreSqlDialect.Instance : SqliteDialect.Instance;

    public static Dialect Of(DbContext context) => Of(context.Database.GetConnectionString()!);

    public abstract void Use(DbContextOptionsBuilder options, string connectionString);

    /// <summary>A connection for <see cref="OwnCommits"/>, opened.</summary>
    public abstract DbConnection Open(string connectionString);

    /// <summary>Waits until this process's other writers let one write. Ends with what is returned.</summary>
    public virtual Task<IDisposable?> InTurn(string connectionString) => Task.FromResult<IDisposable?>(null);

    /// <summary>A transaction in which nobody else commits anything about the same things by himself, in whatever process: what it reads of them stays so until it commits.</summary>
    /// <param name="about">What is read and written, by names that all who do so agree on.</param>
    public abstract DbTransaction Begin(DbConnection connection, IEnumerable<string> about);

    /// <summary>A transaction in which nobody else commits anything to the context's tables by such another one.</summary>
    public abstract Task<IDbContextTransaction> Begin(DbContext context, CancellationToken cancellation);

    /// <summary>Creates tables and columns that are missing. Of several processes that do so at once one does it.</summary>
    public abstract Task CreateTables(DbContext context, CancellationToken cancellation);

    /// <summary>Whether a statement failed by what it wanted to write, or by somebody who writes about the same: alone, others succeed.</summary>
    public abstract bool IsItsOwnFault(DbException failure);

    /// <summary>Whether there was a row of the same key.</summary>
    public abstract bool IsDuplicate(DbException failure);

    /// <summary>A parameter in the form in which contexts keep it; an instant is kept as its ticks, by <see cref="UtcTicks"/>.</summary>
    public virtual object Stored(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset instant => instant.UtcTicks,
        _ => value,
    };
}
