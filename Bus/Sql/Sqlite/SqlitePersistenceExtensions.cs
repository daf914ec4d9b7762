using NServiceBus;
using NServiceBus.TransactionalSession;

namespace Dovetail.Bus;

/// <summary>Settings of the SQLite persistence.</summary>
public static class SqlitePersistenceExtensions
{
    /// <summary>Offers ITransactionalSession: data and messages in one commit, from outside handlers.</summary>
    public static PersistenceExtensions<SqlitePersistence> EnableTransactionalSession(this PersistenceExtensions<SqlitePersistence> persistence) =>
        persistence.EnableTransactionalSession(new TransactionalSessionOptions());

    /// <summary>Offers ITransactionalSession: data and messages in one commit, from outside handlers.</summary>
    public static PersistenceExtensions<SqlitePersistence> EnableTransactionalSession(
        this PersistenceExtensions<SqlitePersistence> persistence, TransactionalSessionOptions transactionalSessionOptions)
    {
        persistence.Settings.TransactionalSession = transactionalSessionOptions;
        return persistence;
    }
}
