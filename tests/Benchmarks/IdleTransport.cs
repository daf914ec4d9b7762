using System.Collections.Concurrent;
using System.Globalization;
using Dovetail.Bus;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence;
using NServiceBus.Transport;

namespace Dovetail.Benchmarks;

/// <summary>Hands out copies of what was sent, as many as are asked for, and forgets what handlers send.</summary>
sealed class IdleTransport : TransportDefinition, ITransport, IReceiver
{
    readonly List<OutgoingOperation> _templates = [];
    readonly SemaphoreSlim _more = new(0);
    TaskCompletionSource _all = new();
    int _toTake;
    int _toEnd;

    public bool InstallsItself => true;

    /// <summary>Ends when all were handled.</summary>
    public Task HandOut(int messages)
    {
        (_all, _toTake, _toEnd) = (new(TaskCreationOptions.RunContinuationsAsynchronously), messages, messages);
        _more.Release();
        return _all.Task;
    }

    public static ReceivedMessage Copy(OutgoingOperation template) =>
        new("Bench", template.MessageId, new Dictionary<string, string>(template.Headers, StringComparer.Ordinal), template.Body, 1, null);

    /// <summary>A message with as many headers as one of NServiceBus has.</summary>
    public static OutgoingOperation Sample() =>
        new("sample", Enumerable.Range(0, 14).ToDictionary(number => number.ToString(CultureInfo.InvariantCulture), number => "value"), new byte[1000], new Target.Queue("Bench"));

    public string Address(string queue) => queue;

    public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => Task.CompletedTask;

    public Task<QueueLength> Length(string queue, CancellationToken cancellation) => Task.FromResult(new QueueLength(_toTake, _toEnd - _toTake, 0));

    public Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<ReceivedMessage>>([.. _templates.Take(most).Select(Copy)]);

    public Task Purge(string queue, CancellationToken cancellation) => Task.CompletedTask;

    public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => Task.CompletedTask;

    public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => Task.CompletedTask;

    public Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
    {
        _templates.AddRange(operations);
        return Task.CompletedTask;
    }

    public IReceiver Receive(string queue) => this;

    public async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        if (_toTake == 0) await _more.WaitAsync(cancellation);
        var count = Math.Min(most, _toTake);
        var taken = new ReceivedMessage[count];
        for (var at = 0; at < count; at++) taken[at] = Copy(_templates[--_toTake % _templates.Count]);
        return taken;
    }

    public Task Settle(ReceivedMessage message, CancellationToken cancellation) => Task.CompletedTask;

    public Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation) =>
        throw new InvalidOperationException($"Message {message.NativeId} failed: the handlers of a benchmark never fail. See the headers of the copy: {string.Join(", ", copy.Headers)}");

    public Task Release(ReceivedMessage message, CancellationToken cancellation) => Task.CompletedTask;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal override ITransport Create(TransportContext context) => this;

    internal void Ended()
    {
        if (Interlocked.Decrement(ref _toEnd) == 0) _all.SetResult();
    }
}

/// <summary>Keeps the saga's data as they are.</summary>
sealed class IdlePersistence : PersistenceDefinition, IPersistenceDefinitionFactory<IdlePersistence>
{
    public static IdlePersistence Create() => new();

    internal override IStore Create(ITransport transport, TransportContext context) => new Store((IdleTransport)transport);

    sealed class Store(IdleTransport transport) : IStore
    {
        static readonly Session TheSession = new();
        readonly ConcurrentDictionary<object, SagaRecord> _sagas = new();

        public Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation) => Task.CompletedTask;

        public Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation) => Task.FromResult<OutboxRecord?>(null);

        public Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation) => Task.CompletedTask;

        public Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation) =>
            new TaskCompletionSource<IReadOnlyList<string>>().Task.WaitAsync(cancellation);

        public Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation) => Task.FromResult(0);

        public Task<OutboxBacklog> MeasureOutbox(CancellationToken cancellation) => Task.FromResult(new OutboxBacklog(0, null));

        public Task<DateTimeOffset?> FindOldestSaga(SagaDefinition saga, CancellationToken cancellation) => Task.FromResult<DateTimeOffset?>(null);

        public Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation) =>
            Task.FromResult(_sagas.GetValueOrDefault(((SagaKey.ByCorrelation)key).Value));

        public Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation) => Task.FromResult(true);

        public Task<IReadOnlyList<PendingTimeout>> ListTimeouts(int most, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<PendingTimeout>>([]);

        public IStorageSession OpenSession() => TheSession;

        public Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation)
        {
            foreach (var change in work.Sagas) _sagas[change.Saga.Correlation!.GetValue(change.Data)!] = new SagaRecord(change.Data, (change.ReadAt ?? 0) + 1);
            transport.Ended();
            return Task.FromResult(new Committed([], IncomingSettled: true));
        }
    }

    sealed class Session : IStorageSession
    {
        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
