namespace NServiceBus.TransactionalSession;

/// <summary>Sessions outside handlers on the SQL persistence.</summary>
public static class SqlPersistenceTransactionalSessionExtensions
{
    /// <summary>Offers ITransactionalSession: data and messages in one commit, from outside handlers.</summary>
    public static PersistenceExtensions<SqlPersistence> EnableTransactionalSession(this PersistenceExtensions<SqlPersistence> persistenceExtensions) =>
        persistenceExtensions.EnableTransactionalSession(new TransactionalSessionOptions());

    /// <summary>Offers ITransactionalSession: data and messages in one commit, from outside handlers.</summary>
    public static PersistenceExtensions<SqlPersistence> EnableTransactionalSession(
        this PersistenceExtensions<SqlPersistence> persistenceExtensions, TransactionalSessionOptions transactionalSessionOptions)
    {
        ArgumentNullException.ThrowIfNull(persistenceExtensions);
        persistenceExtensions.Settings.TransactionalSession = transactionalSessionOptions;
        return persistenceExtensions;
    }
}
