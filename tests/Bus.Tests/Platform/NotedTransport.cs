using System.Collections.Concurrent;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Platform;

/// <summary>The twin's transport, which notes whatever leaves for a queue, with what no receiver sees: for how long it is worth reading.</summary>
sealed class NotedTransport(InMemoryBroker broker, ConcurrentQueue<OutgoingOperation> left) : TransportDefinition
{
    internal override ITransport Create(TransportContext context) => new Noted(new InMemoryTransport(broker).Create(context), left);

    internal sealed class Noted(ITransport inner, ConcurrentQueue<OutgoingOperation> left) : ITransport
    {
        public ITransport Inner => inner;

        public bool InstallsItself => inner.InstallsItself;

        public string Address(string queue) => inner.Address(queue);

        public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => inner.CreateQueues(queues, cancellation);

        public Task<QueueLength> Length(string queue, CancellationToken cancellation) => inner.Length(queue, cancellation);

        public Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation) => inner.Peek(queue, most, cancellation);

        public Task Purge(string queue, CancellationToken cancellation) => inner.Purge(queue, cancellation);

        public Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => inner.Subscribe(queue, events, cancellation);

        public Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation) => inner.Unsubscribe(queue, events, cancellation);

        public async Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
        {
            await inner.Send(operations, cancellation);
            foreach (var operation in operations) left.Enqueue(operation);
        }

        public IReceiver Receive(string queue) => inner.Receive(queue);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}

/// <summary>The twin's store behind a <see cref="NotedTransport"/>.</summary>
sealed class NotedPersistence : PersistenceDefinition, IPersistenceDefinitionFactory<NotedPersistence>
{
    public static NotedPersistence Create() => new();

    internal override IStore Create(ITransport transport, TransportContext context) =>
        new InMemoryStore(((InMemoryQueues)((NotedTransport.Noted)transport).Inner).Broker, context.EndpointName, context.Deduplicates, context.Time);
}
