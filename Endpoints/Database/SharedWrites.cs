using System.Runtime.CompilerServices;
using NServiceBus;
using NServiceBus.Persistence;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Endpoints.Database;

/// <summary>Has a statement be part of the commit as the bus's own are, in one round trip with those of other messages.</summary>
/// <returns>False where the bus has no such way.</returns>
public delegate bool JoinCommit(ISqlStorageSession session, string about, FormattableString statement);

/// <summary>Writes with a message's commit of which nobody needs to know how many rows they change: they cost no transaction of their own where the bus can share one.</summary>
/// <param name="join">Null for a bus that can't.</param>
sealed class SharedWrites(Dialect dialect, JoinCommit? join)
{
    /// <summary>Has an interpolated statement executed in the commit; each hole becomes a parameter.</summary>
    /// <param name="about">What it changes that others may be changing too. It must lock no more than that, and find it by an index.</param>
    public void Add(ISynchronizedStorageSession session, string about, FormattableString statement)
    {
        var sql = session.SqlPersistenceSession();
        if (join?.Invoke(sql, about, FormattableStringFactory.Create(statement.Format, [.. statement.GetArguments().Select(dialect.Stored)])) != true)
            sql.OnSaveChanges((saving, cancellation) => saving.Execute(statement, cancellation));
    }
}
