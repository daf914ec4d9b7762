using System.Globalization;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Persistence;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Saga state in the transport's own file: state, outgoing messages and the end of the incoming one are a single transaction, so nothing is ever left to dispatch.</summary>
/// <param name="deduplicates">True if the ids of handled messages are kept, so that copies are recognized.</param>
sealed class SqliteStore(SqliteFile file, SqliteQueues queues, string endpoint, bool deduplicates, TimeProvider time) : IStore
{
    static readonly string Version = typeof(SqliteStore).Assembly.GetName().Version!.ToString();

    readonly string _prefix = PrefixOf(endpoint);
    readonly SqliteTimeouts _timeouts = new(file, PrefixOf(endpoint) + "_SagaTimeouts");

    // Asked and written for each message.
    readonly string _isInOutbox = SqliteDialect.IsInOutbox(PrefixOf(endpoint) + "_OutboxData");
    readonly string _insertOutbox = SqliteDialect.InsertOutbox(PrefixOf(endpoint) + "_OutboxData");

    public Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation) => file.Run((db, _) =>
    {
        if (deduplicates) db.Execute(SqliteDialect.CreateOutbox(Outbox));
        _timeouts.CreateTable(db, sagas);
        foreach (var saga in sagas)
            db.Execute(SqliteDialect.CreateSaga(TableOf(saga), saga.Correlation?.Name, saga.Correlation is { } property && property.PropertyType != typeof(string) && property.PropertyType != typeof(Guid)));
        return Task.FromResult(true);
    }, cancellation);

    public Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation) => Task.FromResult(
        deduplicates && file.Read(db => db.Number(_isInOutbox, ("$id", messageId)) == 1) ? new OutboxRecord([], IsDispatched: true) : null);

    public Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation) => Task.CompletedTask;

    public async Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation)
    {
        // Nothing is ever left: the commit itself puts messages into their queues.
        await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        return [];
    }

    public Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation) => file.Run(
        (db, _) => Task.FromResult(db.Execute(SqliteDialect.ForgetDispatched(Outbox), ("$before", before.ToUnixTimeMilliseconds()), ("$most", most))), cancellation);

    public Task<OutboxBacklog> MeasureOutbox(CancellationToken cancellation) => Task.FromResult(new OutboxBacklog(0, null));

    public Task<DateTimeOffset?> FindOldestSaga(SagaDefinition saga, CancellationToken cancellation) => Task.FromResult(file.Read(db =>
        db.Text(SqliteDialect.FindOldestSaga(TableOf(saga), SagaJson.Began)) is { } began ? SagaJson.ReadBegan(began) : (DateTimeOffset?)null));

    public Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation) => Task.FromResult(file.Read(db =>
    {
        var (sql, value) = key switch
        {
            SagaKey.ById { Id: var id } => (SqliteDialect.FindSagaById(TableOf(saga)), Stored(id)),
            SagaKey.ByCorrelation { Value: var correlation } => (SqliteDialect.FindSagaByCorrelation(TableOf(saga), saga.Correlation!.Name), Stored(correlation)),
            _ => throw new InvalidOperationException($"A saga can't be looked up by {key}."),
        };
        return db.Query(sql, row => SagaRow.Read(row, saga), ("$key", value)).SingleOrDefault();
    }));

    public Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation) => Task.FromResult(_timeouts.IsPending(sagaId, timeoutId));

    public Task<IReadOnlyList<PendingTimeout>> ListTimeouts(int most, CancellationToken cancellation) => Task.FromResult(_timeouts.List(most));

    public IStorageSession OpenSession()
    {
        SqliteFile.BeginFlow();
        return new SqliteSession(file, TableOf);
    }

    public async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var session = (SqliteSession)work.Session;
        if (session.Own is { } own) await CommitOwn(own, work, session, cancellation);
        else
        {
            await file.Run(async (db, touched) =>
            {
                await Apply(db, work, session, touched, cancellation);
                return true;
            }, cancellation);
        }
        session.End();
        if (work.Incoming is not null) SqliteReceiver.Forget(work.Incoming);
        return new Committed([], IncomingSettled: true);
    }

    async Task CommitOwn(SqliteFile.OwnTransaction own, UnitOfWork work, SqliteSession session, CancellationToken cancellation)
    {
        var touched = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            await Apply(own.Statements, work, session, touched, cancellation);
            own.Statements.Commit();
        }
        catch (SqliteException failure) when (SqliteErrors.IsAway(failure))
        {
            throw new StoreAwayException("The database can't be written", failure);
        }
        finally
        {
            // Whatever became of it, others may write now, however long the session lives on.
            own.Dispose();
        }
        foreach (var queue in touched) file.Wakeups.Wake(queue);
    }

    async Task Apply(Statements db, UnitOfWork work, SqliteSession session, ICollection<string> touched, CancellationToken cancellation)
    {
        // First of all: if somebody else has the message by now, nothing of this attempt is written.
        if (work.Incoming is { } incoming)
        {
            SqliteReceiver.End(db, incoming);
            if (deduplicates) Remember(db, work.Id!);
        }
        foreach (var change in work.Sagas) Save(db, change);
        _timeouts.Save(db, work);
        await session.SaveChanges(db, cancellation);
        queues.Insert(db, work.Outgoing, touched);
    }

    void Remember(Statements db, string messageId)
    {
        try
        {
            db.Execute(_insertOutbox, ("$id", messageId), ("$now", time.GetUtcNow().ToUnixTimeMilliseconds()), ("$version", Version));
        }
        catch (SqliteException failure) when (SqliteErrors.IsDuplicate(failure))
        {
            throw new CopyCommittedException(messageId, failure);
        }
    }

    void Save(Statements db, SagaChange change)
    {
        var (saga, data) = (change.Saga, change.Data);
        var id = data.Id.ToString();
        if (change.ReadAt is null)
        {
            if (change.Completed) return;
            try
            {
                db.Execute(SqliteDialect.InsertSaga(TableOf(saga), saga.Correlation?.Name), ("$id", id), ("$metadata", SagaJson.Metadata(data, time.GetUtcNow())), ("$data", SagaJson.Write(data)),
                    ("$version", Version), ("$typeVersion", TypeVersionOf(saga)), ("$correlation", saga.Correlation?.GetValue(data) is { } value ? Stored(value) : null));
            }
            catch (SqliteException failure) when (SqliteErrors.IsDuplicate(failure))
            {
                throw new SagaConflictException(saga.Name, data.Id, failure);
            }
            return;
        }
        var changed = change.Completed
            ? db.Execute(SqliteDialect.DeleteSaga(TableOf(saga)), ("$id", id), ("$concurrency", change.ReadAt))
            : db.Execute(SqliteDialect.UpdateSaga(TableOf(saga)), ("$data", SagaJson.Write(data)), ("$version", Version), ("$typeVersion", TypeVersionOf(saga)), ("$id", id), ("$concurrency", change.ReadAt));
        if (changed != 1) throw new SagaConflictException(saga.Name, data.Id);
    }

    string Outbox => _prefix + "_OutboxData";

    static string PrefixOf(string endpoint) => endpoint.Replace('.', '_');

    string TableOf(SagaDefinition saga) => $"{_prefix}_{saga.Name}";

    static string TypeVersionOf(SagaDefinition saga) => saga.DataType.Assembly.GetName().Version!.ToString();

    static object Stored(object correlation) => correlation switch
    {
        Guid id => id.ToString(),
        string text => text,
        ulong number => unchecked((long)number),
        _ => Convert.ToInt64(correlation, CultureInfo.InvariantCulture),
    };
}
