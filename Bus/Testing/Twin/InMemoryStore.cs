using Dovetail.Bus.Receiving;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Testing;

/// <summary>Saga state and outbox of one endpoint.</summary>
sealed class InMemoryStore(InMemoryBroker broker, string endpoint, TimeProvider time) : IStore
{
    public Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<OutgoingOperation>?> FindOutbox(string messageId, CancellationToken cancellation) => broker.Mode == CommitMode.Joined
        ? Task.FromResult<IReadOnlyList<OutgoingOperation>?>(null)
        : broker.Call("find outbox", messageId, () => broker.FindOutbox(endpoint, messageId));

    public Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation) =>
        broker.Call("find saga", saga.Name, () => TableOf(saga).Find(key));

    public IStorageSession OpenSession() => new InMemorySession();

    public async Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
    {
        var joined = broker.Mode == CommitMode.Joined;
        await broker.Call("commit", work.Incoming is null ? "of a session" : ReceivePath.IdOf(work.Incoming), () =>
        {
            if (joined) Join(work);
            else KeepApart(work);
            return true;
        });
        if (!joined) return new Committed([.. work.Outgoing], IncomingSettled: false);
        if (work.Incoming?.Lease is Claim claim) claim.Holder?.Forget(claim);
        return new Committed([], IncomingSettled: true);
    }

    // All that can fail comes first: what is checked together is then changed together.
    void Join(UnitOfWork work)
    {
        var claim = work.Incoming?.Lease as Claim;
        claim?.Check();
        CheckSagas(work);
        var send = broker.Prepare(work.Outgoing, time.GetUtcNow());
        Change(work);
        claim?.End();
        send();
    }

    void KeepApart(UnitOfWork work)
    {
        var messageId = work.Incoming is null ? null : ReceivePath.IdOf(work.Incoming);
        if (messageId is not null && broker.FindOutbox(endpoint, messageId) is not null)
        {
            throw new SagaConflictException(
                $"(outbox of {endpoint})", Guid.Empty, new InvalidOperationException($"Another copy of message {messageId} was committed meanwhile. Handled again, this one will be seen to be done."));
        }
        CheckSagas(work);
        Change(work);
        if (messageId is not null) broker.AddOutbox(endpoint, messageId, [.. work.Outgoing]);
    }

    void CheckSagas(UnitOfWork work)
    {
        foreach (var change in work.Sagas) TableOf(change.Saga).Check(change);
    }

    void Change(UnitOfWork work)
    {
        foreach (var change in ((InMemorySession)work.Session).Changes) change();
        foreach (var change in work.Sagas) TableOf(change.Saga).Save(change);
    }

    SagaTable TableOf(SagaDefinition saga) => broker.SagaTable(endpoint, saga.Name, saga.DataType);
}

/// <summary>The handlers' side of a commit.</summary>
sealed class InMemorySession : IStorageSession
{
    public List<Action> Changes { get; } = [];

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
