using System.Data.Common;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>The handlers' side of the commit. No transaction exists until somebody asks for the connection, or until the commit.</summary>
sealed class SqliteSession(SqliteFile file) : IStorageSession, ISqlStorageSession
{
    readonly List<Func<ISqlStorageSession, CancellationToken, Task>> _callbacks = [];
    readonly Lock _gate = new();

    /// <summary>Set once a handler asked for the connection.</summary>
    public SqliteFile.OwnTransaction? Own { get; private set; }

    public DbConnection Connection => Begun.Connection;

    public DbTransaction Transaction => Begun.Transaction ?? throw new InvalidOperationException("The message is committed, and its transaction has ended. Use it while the handler runs.");

    Statements Begun
    {
        get
        {
            lock (_gate) return (Own ??= file.Begin()).Statements;
        }
    }

    public void OnSaveChanges(Func<ISqlStorageSession, CancellationToken, Task> callback) => _callbacks.Add(callback);

    /// <summary>Runs the callbacks within the commit's transaction.</summary>
    public async Task SaveChanges(Statements db, CancellationToken cancellation)
    {
        var committing = new Committing(db);
        foreach (var callback in _callbacks) await callback(committing, cancellation);
    }

    public ValueTask DisposeAsync()
    {
        Own?.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What callbacks see: the very transaction that commits the message.</summary>
    sealed class Committing(Statements db) : ISqlStorageSession
    {
        public DbConnection Connection => db.Connection;

        public DbTransaction Transaction => db.Transaction!;

        public void OnSaveChanges(Func<ISqlStorageSession, CancellationToken, Task> callback) =>
            throw new InvalidOperationException("The commit is under way: what is to be saved must be registered before.");
    }
}
