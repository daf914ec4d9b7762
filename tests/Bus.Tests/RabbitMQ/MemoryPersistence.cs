using Dovetail.Bus.Testing;
using Dovetail.Bus.Transport;
using NServiceBus.Persistence;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>A store in memory, apart from the broker.</summary>
sealed class MemoryPersistence(InMemoryBroker memory) : PersistenceDefinition
{
    internal override IStore Create(ITransport transport, TransportContext context) => new InMemoryStore(memory, context.EndpointName, context.Deduplicates, context.Time);
}
