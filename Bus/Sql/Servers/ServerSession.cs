using System.Data;
using System.Data.Common;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Persistence;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence.Sql;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>The handlers' side of the commit. No connection is taken until somebody asks for it, or until the commit.</summary>
/// <param name="tableOf">Names a saga's table.</param>
sealed class ServerSession(Database database, IsolationLevel isolation, Func<SagaDefinition, string> tableOf) : IStorageSession, ISqlStorageSession, IFindSagas
{
    readonly List<Func<ISqlStorageSession, CancellationToken, Task>> _callbacks = [];
    readonly List<Statement> _statements = [];
    readonly Lock _gate = new();
    DbConnection? _connection;
    DbTransaction? _transaction;
    bool _committing;
    bool _ended;

    /// <summary>True if the commit can't be shared with others: the application has a hand in it.</summary>
    public bool IsUsed
    {
        get
        {
            lock (_gate) return _connection is not null || _callbacks.Count > 0;
        }
    }

    public DbConnection Connection => Begun.Connection;

    public DbTransaction Transaction => Begun.Transaction;

    (DbConnection Connection, DbTransaction Transaction) Begun
    {
        get
        {
            lock (_gate)
            {
                if (_ended) throw new InvalidOperationException("The message is committed or given up, and its transaction has ended. Use the connection while the handler runs, or inside OnSaveChanges.");
                if (_connection is null) (_connection, _transaction) = database.Begin(isolation);
                return (_connection, _transaction!);
            }
        }
    }

    /// <summary>The application's own statements tell raw what befell their connection.</summary>
    public StoreAwayException? Lost(Exception failure)
    {
        lock (_gate)
        {
            if (_connection is null or { State: ConnectionState.Open }) return null;
        }
        for (var inner = failure; inner is not null; inner = inner.InnerException)
        {
            if (database.Dialect.Sort(inner) == Fault.Away) return database.Away(failure);
        }
        return null;
    }

    public void OnSaveChanges(Func<ISqlStorageSession, CancellationToken, Task> callback)
    {
        lock (_gate)
        {
            RefuseOnceCommitting();
            _callbacks.Add(callback);
        }
    }

    /// <summary>Adds a statement to the commit, which it does not keep from being shared.</summary>
    public void Write(string about, FormattableString statement)
    {
        lock (_gate)
        {
            RefuseOnceCommitting();
            _statements.Add(database.Dialect.Given(statement) with { Locks = about });
        }
    }

    /// <summary>The first instance that meets a condition: as this session sees it, if it has begun its transaction, or else as it was committed last.</summary>
    public Task<SagaRecord?> FindSaga(SagaDefinition saga, string condition, ParameterAppender appendParameters, CancellationToken cancellation)
    {
        (DbConnection Connection, DbTransaction?)? begun;
        lock (_gate) begun = _connection is null ? null : (_connection, _transaction);
        return begun is var (connection, transaction) ? Find(connection, transaction) : database.Run(connection => Find(connection, null), cancellation);

        async Task<SagaRecord?> Find(DbConnection connection, DbTransaction? transaction)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = database.Dialect.FindSagaWhere(tableOf(saga), condition);
            command.Transaction = transaction;
            appendParameters(command.CreateParameter, parameter => command.Parameters.Add(parameter));
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            return await reader.ReadAsync(cancellation) ? SagaRow.Read(reader, saga) : null;
        }
    }

    /// <summary>Commits the statements with what the application does beside them.</summary>
    public async Task Commit(IReadOnlyList<Statement> statements, CancellationToken cancellation)
    {
        var (connection, transaction) = await Begin(cancellation);
        try
        {
            await database.Batches.Execute(connection, transaction, Batches.Gather(statements), prepared: false, cancellation);
            await SaveChanges(connection, cancellation);
            Moments.Reached(Moment.Written);
            await transaction.CommitAsync(cancellation);
            Moments.Reached(Moment.Flushed);
        }
        catch (Exception failure) when (database.Explain(failure) is var meaning && meaning != failure)
        {
            throw meaning;
        }
        finally
        {
            // Whatever became of it, the connection goes back, however long the session lives on.
            await Close();
        }
    }

    /// <summary>Ends what may be written: the commit has begun.</summary>
    /// <returns>The application's statements.</returns>
    public IReadOnlyList<Statement> TakeStatements()
    {
        lock (_gate) _committing = true;
        return _statements;
    }

    /// <summary>From here on nothing is written through this session any more.</summary>
    public void End()
    {
        lock (_gate) _ended = true;
    }

    public void Dispose()
    {
        End();
        _transaction?.Dispose();
        _connection?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        End();
        await Close();
    }

    void RefuseOnceCommitting()
    {
        if (_ended || _committing) throw new InvalidOperationException("The commit is under way or done: what is to be saved must be registered before.");
    }

    async Task<(DbConnection, DbTransaction)> Begin(CancellationToken cancellation)
    {
        if (_connection is null) (_connection, _transaction) = await database.Begin(isolation, cancellation);
        return (_connection, _transaction!);
    }

    async Task SaveChanges(DbConnection connection, CancellationToken cancellation)
    {
        foreach (var callback in _callbacks)
        {
            try
            {
                await callback(this, cancellation);
            }
            catch (Exception failure) when (connection.State == ConnectionState.Open && database.Dialect.Sort(failure) is Fault.Away or Fault.Locked)
            {
                throw new InvalidOperationException($"A callback of OnSaveChanges failed on a database that is not the bus's: {failure.Message}", failure);
            }
        }
    }

    async Task Close()
    {
        var (connection, transaction) = (_connection, _transaction);
        if (connection is null) return;
        lock (_gate) _ended = true;
        (_connection, _transaction) = (null, null);
        try
        {
            if (transaction is not null) await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
        catch (Exception failure) when (database.Dialect.Sort(failure) == Fault.Away)
        {
            // It is gone either way, and what was not committed with it.
        }
    }
}
