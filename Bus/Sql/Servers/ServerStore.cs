using System.Collections.Frozen;
using System.Data;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Sql.Persistence;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>What one endpoint keeps in a database, and where.</summary>
/// <param name="Prefix">In front of the name of each table.</param>
/// <param name="Isolation">Of transactions in which the application has a hand.</param>
sealed record StoreSettings(string Schema, string Prefix, bool Deduplicates, IsolationLevel Isolation)
{
    /// <summary>False if somebody else makes the tables.</summary>
    public bool Installs { get; init; } = true;

    /// <summary>True if the messages of timeouts stay here until they are due, and not with the transport.</summary>
    public bool KeepsTimeouts { get; init; }
}

/// <summary>Saga state and outbox on a database server.</summary>
/// <remarks>
/// Apart from the queues, what a commit sends stays in the outbox until it is dispatched. In the database of the queues the end of the incoming message,
/// state and outgoing messages are a single transaction, so nothing is ever left to dispatch; the outbox then only remembers, if that is asked for.
/// </remarks>
sealed class ServerStore : IStore, IAsyncDisposable
{
    static readonly TimeSpan ShortestLook = TimeSpan.FromMilliseconds(10);
    static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(5);
    static readonly TimeSpan LookForDue = TimeSpan.FromSeconds(1);

    /// <summary>Where none are to be kept: an instance that still keeps them may run beside this one.</summary>
    static readonly TimeSpan LookForOthers = TimeSpan.FromMinutes(1);

    static readonly string Version = typeof(ServerStore).Assembly.GetName().Version!.ToString();

    readonly Database _database;
    readonly ServerQueues? _queues;
    readonly ServerDialect _dialect;
    readonly StoreSettings _settings;
    readonly TimeProvider _time;
    readonly SagaTables _sagas;
    readonly TimeoutTable _timeouts;

    /// <param name="queues">Null where the queues are elsewhere.</param>
    public ServerStore(Database database, ServerQueues? queues, StoreSettings settings, TimeProvider time)
    {
        (_database, _queues, _dialect, _settings, _time) = (database, queues, database.Dialect, settings, time);
        _sagas = new SagaTables(_dialect, settings, Version, time);
        _timeouts = new TimeoutTable(_dialect, settings);
    }

    public bool RemembersAlways => _queues is null;

    // Its name is checked only where there is one.
    OutboxTexts Outbox => field ??= new OutboxTexts(_dialect, _dialect.Table(_settings.Schema, _dialect.CheckName(_settings.Prefix, "OutboxData")));

    bool KeepsTimeouts => _queues is null && _settings.KeepsTimeouts;

    bool Remembers => RemembersAlways || _settings.Deduplicates;

    public Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation) => !_settings.Installs ? Task.CompletedTask : _database.Create(
        [
            .. Remembers ? _dialect.CreateOutbox(_settings.Schema, _settings.Prefix) : [],
            .. sagas.SelectMany(saga => _dialect.CreateSaga(_settings.Schema, _settings.Prefix, SagaTables.SuffixOf(saga), saga)),
            .. sagas.Any(saga => saga.Timeouts.Count > 0) ? _dialect.CreateTimeouts(_settings.Schema, _settings.Prefix) : [],
        ], cancellation);

    public async Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation)
    {
        if (!Remembers) return null;
        var found = await _database.Ask(Outbox.Find.With(messageId), row => (IsDispatched: row.GetBoolean(0), Operations: row.GetString(1)));
        return found is [var record] ? new OutboxRecord(OperationsJson.Read(record.Operations, _time.GetUtcNow()), record.IsDispatched) : null;
    }

    public Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation) => _database.ChangeAlone([.. ids.Select(id => Outbox.Mark.With(id))], cancellation);

    public async Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation)
    {
        if (!Remembers) await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellation);
        var pause = TimeSpan.FromTicks(Math.Clamp(grace.Ticks / 3, ShortestLook.Ticks, LongestLook.Ticks));
        while (true)
        {
            // Another engine does not say when it committed: its grace counts from now.
            var now = _time.GetUtcNow();
            await _database.ChangeAlone([Outbox.Stamp.With(now)], cancellation);
            var left = await _database.AskAlone(Outbox.FindLeft.With(now - grace, (long)passOver), row => row.GetString(0), cancellation);
            if (left.Count > 0 || passOver > 0) return left;
            await Task.Delay(pause, _time, cancellation);
        }
    }

    public async Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation) =>
        (int)(await _database.AskAlone(Outbox.Forget.With(before, (long)most), row => row.GetInt64(0), cancellation)).Single();

    public async Task<OutboxBacklog> MeasureOutbox(CancellationToken cancellation) => !Remembers ? new OutboxBacklog(0, null) : (await _database.Ask(Outbox.Measure.With(), row =>
        new OutboxBacklog(row.GetInt64(0), row.IsDBNull(1) ? null : new DateTimeOffset(row.GetDateTime(1), TimeSpan.Zero)))).Single();

    public async Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation) =>
        (await _database.Ask(_sagas.Find(saga, key), row => SagaRow.Read(row, saga))).SingleOrDefault();

    public async Task<DateTimeOffset?> FindOldestSaga(SagaDefinition saga, CancellationToken cancellation) =>
        (await _database.Ask(_sagas.FindOldest(saga), row => row.IsDBNull(0) ? (DateTimeOffset?)null : SagaJson.ReadBegan(row.GetString(0)))).Single();

    public async Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation) => (await _database.Ask(_timeouts.IsPending(sagaId, timeoutId), _ => true)).Count > 0;

    public async Task<IReadOnlyList<PendingTimeout>> ListTimeouts(int most, CancellationToken cancellation)
    {
        try
        {
            return await _database.Ask(_timeouts.List(most), TimeoutTable.Read);
        }
        catch (Exception failure) when (_dialect.Sort(failure) == Fault.MissingTable)
        {
            // No saga here asks for timeouts.
            return [];
        }
    }

    public async Task<IReadOnlyList<DueTimeout>> WaitForDueTimeouts(TimeSpan patience, CancellationToken cancellation)
    {
        if (_queues is not null) await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellation);
        while (true)
        {
            var now = _time.GetUtcNow();
            var due = await _database.AskAlone(_timeouts.Take(KeepsTimeouts ? now : DateTimeOffset.MaxValue, now + patience), row => TimeoutTable.ReadDue(row, now), cancellation);
            if (due.Count > 0) return due;
            await Task.Delay(KeepsTimeouts ? LookForDue : LookForOthers, _time, cancellation);
        }
    }

    public Task MarkSent(IReadOnlyCollection<DueTimeout> timeouts, CancellationToken cancellation) => _database.Change([.. timeouts.Select(_timeouts.MarkSent)]);

    public IStorageSession OpenSession() => new ServerSession(_database, _settings.Isolation, _sagas.TableOf);

    public async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var session = (ServerSession)work.Session;
        // The messages of timeouts that wait for their time here.
        var kept = KeepsTimeouts ? work.NotDue(_time.GetUtcNow()) : FrozenSet<OutgoingOperation>.Empty;
        IReadOnlyList<OutgoingOperation> toSend = kept.Count == 0 ? work.Outgoing : [.. work.Outgoing.Where(message => !kept.Contains(message))];
        List<Statement> statements = [.. Remember(work, _queues is null ? toSend : []), .. work.Sagas.SelectMany(_sagas.Save), .. _timeouts.Save(work, kept), .. session.TakeStatements()];
        var (lease, sending) = _queues is null ? (null, null) : ((Held.Lease?)work.Incoming?.Lease, await _queues.Prepare(work.Outgoing));
        if (lease is not null) statements.Insert(0, lease.End(_dialect));
        if (sending is not null) statements.AddRange(sending.Statements);
        if (session.IsUsed) await session.Commit(statements, cancellation);
        else if (statements.Count > 0) await _database.Change(statements);
        session.End();
        lease?.Ended();
        sending?.Ring();
        return _queues is null ? new Committed([.. toSend], IncomingSettled: false) : new Committed([], IncomingSettled: true);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    IEnumerable<Statement> Remember(UnitOfWork work, IReadOnlyList<OutgoingOperation> toDispatch)
    {
        // A session is nobody's second copy: without messages to dispatch there is nothing to keep.
        if (!Remembers || work.Id is not { } id || (work.Incoming is null && toDispatch.Count == 0)) yield break;
        yield return Outbox.Insert.With(id, toDispatch.Count == 0, _time.GetUtcNow(), Version, OperationsJson.Write(toDispatch)) with
        {
            Refused = failure => _dialect.Sort(failure) == Fault.Duplicate ? new CopyCommittedException(id, failure) : null,
        };
    }

    sealed class OutboxTexts(ServerDialect dialect, string table)
    {
        public StatementText Find { get; } = dialect.FindOutbox(table);

        public StatementText Insert { get; } = dialect.InsertOutbox(table);

        public StatementText Mark { get; } = dialect.MarkDispatched(table);

        public StatementText FindLeft { get; } = dialect.FindLeft(table);

        public StatementText Stamp { get; } = dialect.StampLeft(table);

        public StatementText Forget { get; } = dialect.ForgetDispatched(table);

        public StatementText Measure { get; } = dialect.MeasureOutbox(table);
    }
}
