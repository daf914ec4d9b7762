using Dovetail.Bus.Sql.Servers;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Bus;

/// <summary>Statements of the application that are part of a commit as the bus's own are.</summary>
public static class CommitStatements
{
    /// <summary>Has a statement executed in the commit: in one round trip with the bus's own and with those of other messages, and no connection is held meanwhile.</summary>
    /// <remarks>
    /// Nothing hears how many rows it changed. Commits share a transaction, and one that fails is tried again without the others; so it must be one that can be planned by its indexes alone,
    /// and must not lock more than it is said to be about.
    /// </remarks>
    /// <param name="about">What it changes, if others may change the same at that time. Statements about the same are executed in the order in which they are given, all others in any.</param>
    /// <param name="statement">One statement. Each hole becomes a parameter, of the type that the driver takes the value for.</param>
    /// <returns>False where commits have no such round trip, as on SQLite: register a callback by <see cref="ISqlStorageSession.OnSaveChanges"/> instead.</returns>
    /// <exception cref="InvalidOperationException">The commit is under way or done.</exception>
    public static bool TryWrite(this ISqlStorageSession session, string about, FormattableString statement)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(about);
        ArgumentNullException.ThrowIfNull(statement);
        if (session is not ServerSession server) return false;
        server.Write(about, statement);
        return true;
    }
}
