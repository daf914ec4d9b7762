using System.Data.Common;
using System.Runtime.CompilerServices;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Endpoints.Database;

/// <summary>Writes that are part of the commit which the bus is about to make.</summary>
static class CommitWrites
{
    // The statements are few and return with each message; a connection closes its own when it is closed, and has one user at a time.
    static readonly ConditionalWeakTable<DbConnection, PreparedStatements> Prepared = [];

    /// <summary>Runs an interpolated statement; each hole becomes a parameter.</summary>
    /// <returns>How many rows it changed.</returns>
    /// <remarks>
    /// Plain statements, no EF context: on a connection that is not its own, a new context redefines its functions, whereupon SQLite forgets
    /// every prepared statement of that connection. This one is the bus's, and everybody's writes wait for it.
    /// </remarks>
    public static Task<int> Execute(this ISqlStorageSession sql, FormattableString statement, CancellationToken cancellation)
    {
        var statements = Prepared.GetValue(sql.Connection, static connection => new(connection, Dialect.Of(connection.ConnectionString)));
        statements.Transaction = sql.Transaction;
        return statements.Execute(statement, cancellation);
    }
}
