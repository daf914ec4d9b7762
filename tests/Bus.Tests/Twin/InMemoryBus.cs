using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Transport;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>Transport and store in memory, in either mode.</summary>
sealed class InMemoryBus(CommitMode mode) : IBusUnderTest
{
    readonly InMemoryBroker _broker = new(mode);

    public TransportDefinition Transport() => new InMemoryTransport(_broker);

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        endpoint.UsePersistence<InMemoryPersistence>().EnableTransactionalSession();
        return endpoint.UseTransport(new InMemoryTransport(_broker));
    }

    public long Waiting(ITransport transport, string queue) => _broker.Messages(queue).Count(message => message.DueAt is null);

    public void Dispose()
    {
    }
}

[TestClass]
public sealed class InMemoryTransportTests(TestContext test) : TransportContract(test)
{
    readonly InMemoryBroker _broker = new();

    protected override TransportDefinition Definition(TimeSpan lease) => new InMemoryTransport(_broker) { LeaseDuration = lease };
}

[TestClass]
public sealed class InMemoryTransportApartTests(TestContext test) : TransportContract(test)
{
    readonly InMemoryBroker _broker = new(CommitMode.Apart);

    protected override TransportDefinition Definition(TimeSpan lease) => new InMemoryTransport(_broker) { LeaseDuration = lease };
}

[TestClass]
public sealed class InMemoryEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass]
public sealed class InMemoryEndpointApartTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass]
public sealed class InMemorySagaTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass]
public sealed class InMemorySagaApartTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}
