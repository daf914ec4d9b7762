using System.Data.Common;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Persistence;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>The handlers' side of the commit. No transaction exists until somebody asks for the connection, or until the commit.</summary>
/// <param name="tableOf">Names a saga's table.</param>
sealed class SqliteSession(SqliteFile file, Func<SagaDefinition, string> tableOf) : IStorageSession, ISqlStorageSession, IFindSagas
{
    readonly List<Func<ISqlStorageSession, CancellationToken, Task>> _callbacks = [];
    readonly Lock _gate = new();
    Statements? _committing;
    bool _ended;

    /// <summary>Set once a handler asked for the connection.</summary>
    public SqliteFile.OwnTransaction? Own { get; private set; }

    public DbConnection Connection => Begun.Connection;

    public DbTransaction Transaction => Begun.Transaction!;

    Statements Begun
    {
        get
        {
            lock (_gate)
            {
                if (_ended) throw new InvalidOperationException("The message is committed or given up, and its transaction has ended. Use the connection while the handler runs, or inside OnSaveChanges.");
                return _committing ?? (Own ??= file.Begin()).Statements;
            }
        }
    }

    public void OnSaveChanges(Func<ISqlStorageSession, CancellationToken, Task> callback)
    {
        lock (_gate)
        {
            if (_ended || _committing is not null) throw new InvalidOperationException("The commit is under way or done: what is to be saved must be registered before.");
            _callbacks.Add(callback);
        }
    }

    /// <summary>The first instance that meets a condition: as this session sees it, if it has begun its transaction, or else as it was committed last.</summary>
    public Task<SagaRecord?> FindSaga(SagaDefinition saga, string condition, ParameterAppender appendParameters, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Statements? begun;
        lock (_gate) begun = _committing ?? Own?.Statements;
        return Task.FromResult(begun is null ? file.Read(Find) : Find(begun));

        SagaRecord? Find(Statements db)
        {
            // Not among the prepared statements: the condition is the application's, and may differ each time.
            using var command = db.Connection.CreateCommand();
            command.CommandText = SqliteDialect.FindSagaWhere(tableOf(saga), condition);
            command.Transaction = db.Transaction;
            appendParameters(command.CreateParameter, parameter => command.Parameters.Add(parameter));
            using var reader = command.ExecuteReader();
            return reader.Read() ? SagaRow.Read(reader, saga) : null;
        }
    }

    /// <summary>Runs the callbacks within the commit's transaction.</summary>
    public async Task SaveChanges(Statements db, CancellationToken cancellation)
    {
        lock (_gate) _committing = db;
        try
        {
            foreach (var callback in _callbacks) await callback(this, cancellation);
        }
        catch (SqliteException failure) when (SqliteErrors.IsAway(failure) && !SqliteErrors.IsOutOfRoom(failure))
        {
            throw new InvalidOperationException($"A callback of OnSaveChanges failed on a database that is not the bus's: {failure.Message}", failure);
        }
        finally
        {
            lock (_gate) _committing = null;
        }
    }

    /// <summary>From here on nothing is written through this session any more.</summary>
    public void End()
    {
        lock (_gate) _ended = true;
        Own?.Dispose();
    }

    public void Dispose() => End();

    public ValueTask DisposeAsync()
    {
        End();
        return ValueTask.CompletedTask;
    }
}
