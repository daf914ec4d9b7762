using NServiceBus;

namespace Dovetail.Bus;

/// <summary>Settings of the SQLite persistence.</summary>
public static class SqlitePersistenceExtensions
{
    /// <summary>Offers ITransactionalSession: data and messages in one commit, from outside handlers.</summary>
    public static PersistenceExtensions<SqlitePersistence> EnableTransactionalSession(this PersistenceExtensions<SqlitePersistence> persistence)
    {
        persistence.Settings.TransactionalSessionEnabled = true;
        return persistence;
    }
}
