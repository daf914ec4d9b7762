using NServiceBus.Persistence;
using NServiceBus.Persistence.Sql;

namespace NServiceBus;

/// <summary>Access to the database transaction of the commit.</summary>
public static class SqlPersistenceStorageSessionExtensions
{
    /// <summary>The database side of the session.</summary>
    /// <exception cref="InvalidOperationException">The endpoint keeps its state elsewhere than in SQL.</exception>
    public static ISqlStorageSession SqlPersistenceSession(this ISynchronizedStorageSession session) => session as ISqlStorageSession
        ?? throw new InvalidOperationException($"The storage session is a {session.GetType().Name}, not one of a SQL persistence. Configure the endpoint with a SQL persistence.");
}
