using Dovetail.Bus;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence;

namespace Dovetail.Benchmarks;

/// <summary>Keeps nothing: what a commit sends is dispatched, and remembered nowhere.</summary>
sealed class NoPersistence : PersistenceDefinition, IPersistenceDefinitionFactory<NoPersistence>, IStore
{
    static readonly Session TheSession = new();

    public static NoPersistence Create() => new();

    public Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation) => Task.CompletedTask;

    public Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation) => Task.FromResult<OutboxRecord?>(null);

    public Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation) => Task.CompletedTask;

    public Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation) => new TaskCompletionSource<IReadOnlyList<string>>().Task.WaitAsync(cancellation);

    public Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation) => Task.FromResult(0);

    public Task<OutboxBacklog> MeasureOutbox(CancellationToken cancellation) => Task.FromResult(new OutboxBacklog(0, null));

    public Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation) => Task.FromResult<SagaRecord?>(null);

    public Task<DateTimeOffset?> FindOldestSaga(SagaDefinition saga, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

    public Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation) => Task.FromResult(false);

    public Task<IReadOnlyList<PendingTimeout>> ListTimeouts(int most, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<PendingTimeout>>([]);

    public IStorageSession OpenSession() => TheSession;

    public Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation) => Task.FromResult(new Committed([.. work.Outgoing], IncomingSettled: false));

    internal override IStore Create(ITransport transport, TransportContext context) => this;

    sealed class Session : IStorageSession
    {
        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
