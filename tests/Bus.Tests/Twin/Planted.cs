using Dovetail.Bus.Configuration;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>Puts a faulty part in front of the real transport, store or receiver of an endpoint.</summary>
static class Planted
{
    public static Action<EndpointSettings> Store(Func<IStore, ITransport, TimeProvider, IStore> wrap) => settings => settings.Persistence = new Persistence(settings.Persistence!, wrap);

    public static Action<EndpointSettings> Receiver(Func<IReceiver, ITransport, IReceiver> wrap) => Transport(wrap, static () => Task.CompletedTask);

    /// <param name="before">Happens before each batch is sent.</param>
    public static Action<EndpointSettings> Sending(Func<Task> before) => Transport(static (receiver, _) => receiver, before);

    static Action<EndpointSettings> Transport(Func<IReceiver, ITransport, IReceiver> wrap, Func<Task> beforeSending) => settings =>
    {
        settings.Transport = new Definition(settings.Transport!, wrap, beforeSending);
        settings.Persistence = new Persistence(settings.Persistence!, (store, _, _) => store);
    };

    sealed class Definition(TransportDefinition real, Func<IReceiver, ITransport, IReceiver> wrap, Func<Task> beforeSending) : TransportDefinition
    {
        internal override ITransport Create(TransportContext context) => new FaultyTransport(real.Create(context), wrap, beforeSending);
    }

    sealed class Persistence(PersistenceDefinition real, Func<IStore, ITransport, TimeProvider, IStore> wrap) : PersistenceDefinition
    {
        internal override IStore Create(ITransport transport, TransportContext context) => wrap(real.Create(transport is FaultyTransport { Real: var inner } ? inner : transport, context), transport, context.Time);
    }

    sealed class FaultyTransport(ITransport real, Func<IReceiver, ITransport, IReceiver> wrap, Func<Task> beforeSending) : ITransport
    {
        public ITransport Real => real;

        public bool InstallsItself => real.InstallsItself;

        public string Address(string queue) => real.Address(queue);

        public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => real.CreateQueues(queues, cancellation);

        public Task<QueueLength> Length(string queue, CancellationToken cancellation) => real.Length(queue, cancellation);

        public Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation) => real.Peek(queue, most, cancellation);

        public Task Purge(string queue, CancellationToken cancellation) => real.Purge(queue, cancellation);

        public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => real.Subscribe(queue, events, cancellation);

        public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => real.Unsubscribe(queue, events, cancellation);

        public async Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
        {
            await beforeSending();
            await real.Send(operations, cancellation);
        }

        public IReceiver Receive(string queue) => wrap(real.Receive(queue), real);

        public ValueTask DisposeAsync() => real.DisposeAsync();
    }
}

/// <summary>A store that does what the real one does; each bug changes one thing.</summary>
abstract class FaultyStore(IStore real) : IStore
{
    protected IStore Real => real;

    public Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation) => real.CreateTables(sagas, cancellation);

    public virtual Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation) => real.FindOutbox(messageId, cancellation);

    public virtual Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation) => real.MarkDispatched(ids, cancellation);

    public virtual Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation) => real.WaitForUndispatched(grace, passOver, cancellation);

    public virtual Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation) => real.ForgetDispatched(before, most, cancellation);

    public Task<OutboxBacklog> MeasureOutbox(CancellationToken cancellation) => real.MeasureOutbox(cancellation);

    public Task<DateTimeOffset?> FindOldestSaga(SagaDefinition saga, CancellationToken cancellation) => real.FindOldestSaga(saga, cancellation);

    public Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation) => real.FindSaga(saga, key, cancellation);

    public virtual Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation) => real.IsPending(sagaId, timeoutId, cancellation);

    public Task<IReadOnlyList<PendingTimeout>> ListTimeouts(int most, CancellationToken cancellation) => real.ListTimeouts(most, cancellation);

    public virtual Task<IReadOnlyList<DueTimeout>> WaitForDueTimeouts(TimeSpan patience, CancellationToken cancellation) => real.WaitForDueTimeouts(patience, cancellation);

    public virtual Task MarkSent(IReadOnlyCollection<DueTimeout> timeouts, CancellationToken cancellation) => real.MarkSent(timeouts, cancellation);

    public IStorageSession OpenSession() => real.OpenSession();

    public virtual Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation) => real.Commit(work, cancellation);

    protected static UnitOfWork Copy(UnitOfWork work, ReceivedMessage? incoming)
    {
        var copy = new UnitOfWork(incoming, work.Session, work.Incoming is null || incoming is not null ? work.Id : null);
        copy.Outgoing.AddRange(work.Outgoing);
        copy.Sagas.AddRange(work.Sagas);
        copy.Timeouts.AddRange(work.Timeouts);
        return copy;
    }
}

/// <summary>A receiver that does what the real one does; each bug changes one thing.</summary>
abstract class FaultyReceiver(IReceiver real) : IReceiver
{
    protected IReceiver Real => real;

    public virtual Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation) => real.Take(most, cancellation);

    public virtual Task Settle(ReceivedMessage message, CancellationToken cancellation) => real.Settle(message, cancellation);

    public virtual Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation) => real.Move(message, copy, cancellation);

    public virtual Task Release(ReceivedMessage message, CancellationToken cancellation) => real.Release(message, cancellation);

    public ValueTask DisposeAsync() => real.DisposeAsync();
}
