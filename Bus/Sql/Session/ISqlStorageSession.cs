using System.Data.Common;

namespace NServiceBus.Persistence.Sql;

/// <summary>The database transaction in which saga state and outgoing messages are committed.</summary>
public interface ISqlStorageSession
{
    /// <summary>The transaction's connection. Asking for it begins the transaction: on SQLite nobody else writes from then on until the message is done; on a server it holds a connection, and whatever it locks.</summary>
    DbConnection Connection { get; }

    /// <summary>The transaction; the bus commits it.</summary>
    DbTransaction Transaction { get; }

    /// <summary>Runs right before the commit, in the order registered; an exception aborts it. The way to write that holds no lock while the handler waits.</summary>
    void OnSaveChanges(Func<ISqlStorageSession, CancellationToken, Task> callback);
}
