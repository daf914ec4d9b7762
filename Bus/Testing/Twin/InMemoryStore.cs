using System.Collections.Frozen;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Testing;

/// <summary>Saga state and outbox of one endpoint.</summary>
/// <param name="deduplicates">True if handled messages are remembered in joined mode too; apart, they always are.</param>
/// <param name="keepsTimeouts">True if apart from the queues the messages of timeouts stay here until they are due.</param>
sealed class InMemoryStore(InMemoryBroker broker, string endpoint, bool deduplicates, TimeProvider time, bool keepsTimeouts = false) : IStore
{
    readonly bool _joined = broker.Mode == CommitMode.Joined;

    OutboxTable Outbox => broker.Outbox(endpoint);

    bool KeepsTimeouts => keepsTimeouts && !_joined;

    public Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation) => Task.CompletedTask;

    public Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation) => _joined && !deduplicates
        ? Task.FromResult<OutboxRecord?>(null)
        : broker.Call("find outbox", messageId, () => Outbox.Find(messageId));

    public Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation) => broker.Call("mark dispatched", string.Join(", ", ids), () =>
    {
        foreach (var id in ids) Outbox.Mark(id, time.GetUtcNow());
        return true;
    });

    public async Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation)
    {
        if (_joined) await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var (left, nextDue, gate) = await broker.Call("look for undispatched", endpoint, () => LookForUndispatched(grace, passOver), outcome: static found => found.Left.Count > 0 ? string.Join(", ", found.Left) : null);
            if (gate is null) return left;
            await Arrival.Wait(gate, nextDue, time, cancellation);
        }
    }

    public Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation) =>
        broker.Call("forget dispatched", endpoint, () => Outbox.Forget(before, most), outcome: static count => count > 0 ? $"{count}" : null);

    public Task<OutboxBacklog> MeasureOutbox(CancellationToken cancellation) => broker.Call("measure outbox", endpoint, () => Outbox.Backlog);

    public Task<DateTimeOffset?> FindOldestSaga(SagaDefinition saga, CancellationToken cancellation) => broker.Call("find oldest saga", saga.Name, () => TableOf(saga).Oldest);

    public Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation) =>
        broker.Call("find saga", saga.Name, () => TableOf(saga).Find(key));

    public Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation) =>
        broker.Call("find timeout", timeoutId, () => broker.Timeouts(endpoint).Holds(sagaId, timeoutId));

    public Task<IReadOnlyList<PendingTimeout>> ListTimeouts(int most, CancellationToken cancellation) =>
        broker.Call<IReadOnlyList<PendingTimeout>>("list timeouts", endpoint, () => [.. broker.Timeouts(endpoint).All.Take(most)]);

    public async Task<IReadOnlyList<DueTimeout>> WaitForDueTimeouts(TimeSpan patience, CancellationToken cancellation)
    {
        if (!KeepsTimeouts) await Task.Delay(Timeout.InfiniteTimeSpan, time, cancellation);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var (due, nextDue, gate) = await broker.Call("look for due timeouts", endpoint, () =>
            {
                var table = broker.Timeouts(endpoint);
                var taken = table.Take(time.GetUtcNow(), time.GetUtcNow() + patience);
                return (taken, table.NextDue, table.Listen());
            }, outcome: static found => found.taken.Count > 0 ? string.Join(", ", found.taken.Select(timeout => timeout.TimeoutId)) : null);
            if (due.Count > 0) return due;
            await Arrival.Wait(gate, nextDue, time, cancellation);
        }
    }

    public Task MarkSent(IReadOnlyCollection<DueTimeout> timeouts, CancellationToken cancellation) => broker.Call("mark timeouts sent", endpoint, () =>
    {
        foreach (var timeout in timeouts) broker.Timeouts(endpoint).MarkSent(timeout);
        return true;
    });

    public IStorageSession OpenSession() => new InMemorySession(FindSaga);

    Task<SagaRecord?> FindSaga(SagaDefinition saga, Func<IContainSagaData, bool> isWanted) => broker.Call("find saga", saga.Name, () => TableOf(saga).Find(isWanted));

    public async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var kept = KeepsTimeouts ? work.NotDue(time.GetUtcNow()) : FrozenSet<OutgoingOperation>.Empty;
        IReadOnlyList<OutgoingOperation> toSend = [.. work.Outgoing.Where(message => !kept.Contains(message))];
        await broker.Call("commit", work.Id ?? "nobody's", () =>
        {
            if (_joined) Join(work);
            else KeepApart(work, toSend, kept);
            return true;
        });
        if (!_joined) return new Committed(toSend, IncomingSettled: false);
        if (work.Incoming?.Lease is Claim claim) claim.Holder?.Forget(claim);
        return new Committed([], IncomingSettled: true);
    }

    // Nothing ticks while nothing is left: a simulation would never be quiet.
    (List<string> Left, DateTimeOffset? NextDue, TaskCompletionSource? Gate) LookForUndispatched(TimeSpan grace, int passOver) => Outbox.OldestUndispatched() switch
    {
        _ when passOver > 0 => (Outbox.Undispatched(time.GetUtcNow() - grace, passOver), null, null),
        null => ([], null, Outbox.Listen()),
        { } oldest when oldest + grace > time.GetUtcNow() => ([], oldest + grace, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)),
        _ => (Outbox.Undispatched(time.GetUtcNow() - grace, passOver: 0), null, null),
    };

    // All that can fail comes first: what is checked together is then changed together.
    void Join(UnitOfWork work)
    {
        var claim = work.Incoming?.Lease as Claim;
        claim?.Check();
        if (deduplicates) CheckOutbox(work);
        CheckSagas(work);
        var send = broker.Prepare(work.Outgoing, time.GetUtcNow());
        Change(work, kept: FrozenSet<OutgoingOperation>.Empty);
        claim?.End();
        send();
        if (deduplicates && work.Incoming is not null) Outbox.Add(work.Id!, [], time.GetUtcNow(), isDispatched: true);
    }

    void KeepApart(UnitOfWork work, IReadOnlyList<OutgoingOperation> toSend, IReadOnlySet<OutgoingOperation> kept)
    {
        CheckOutbox(work);
        CheckSagas(work);
        Change(work, kept);
        // A session is nobody's second copy: without messages there is nothing to keep.
        if (work.Id is { } id && (work.Incoming is not null || toSend.Count > 0)) Outbox.Add(id, toSend, time.GetUtcNow(), isDispatched: toSend.Count == 0);
    }

    void CheckOutbox(UnitOfWork work)
    {
        if (work.Id is { } id && Outbox.Find(id) is not null) throw new CopyCommittedException(id);
    }

    void CheckSagas(UnitOfWork work)
    {
        foreach (var change in work.Sagas) TableOf(change.Saga).Check(change);
    }

    void Change(UnitOfWork work, IReadOnlySet<OutgoingOperation> kept)
    {
        foreach (var change in ((InMemorySession)work.Session).Changes) change();
        foreach (var change in work.Sagas) TableOf(change.Saga).Save(change, time.GetUtcNow());
        broker.Timeouts(endpoint).Change(work, kept);
    }

    SagaTable TableOf(SagaDefinition saga) => broker.SagaTable(endpoint, saga.Name, saga.DataType);
}

/// <summary>The handlers' side of a commit.</summary>
sealed class InMemorySession(Func<SagaDefinition, Func<IContainSagaData, bool>, Task<SagaRecord?>> findSaga) : IStorageSession
{
    public Task<SagaRecord?> FindSaga(SagaDefinition saga, Func<IContainSagaData, bool> isWanted) => findSaga(saga, isWanted);

    public List<Action> Changes { get; } = [];

    public void Dispose()
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
