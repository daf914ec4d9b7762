using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Transport;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
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

    public Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        session.GetSagaData<TData>(context, data => value.Equals(typeof(TData).GetProperty(property)!.GetValue(data)));

    public void Dispose()
    {
    }
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryTransportTests(TestContext test) : TransportContract(test)
{
    readonly InMemoryBroker _broker = new();

    protected override bool AsksBeforeItBegins => false;

    protected override TransportDefinition Definition(TimeSpan lease) => new InMemoryTransport(_broker) { LeaseDuration = lease };
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryTransportApartTests(TestContext test) : TransportContract(test)
{
    readonly InMemoryBroker _broker = new(CommitMode.Apart);

    protected override bool AsksBeforeItBegins => false;

    protected override TransportDefinition Definition(TimeSpan lease) => new InMemoryTransport(_broker) { LeaseDuration = lease };
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryEndpointApartTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySagaTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySagaApartTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryRecoverabilityTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryConfigurationTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryMutationTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryRecoverabilityApartTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryConfigurationApartTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryMutationApartTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryLifecycleTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryLifecycleApartTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryInterfaceMessageTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryInterfaceMessageApartTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryTypeHeaderTests(TestContext test) : TypeHeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryTypeHeaderApartTests(TestContext test) : TypeHeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySagaFinderTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySagaFinderApartTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemorySagaRulesTests(TestContext test) : SagaRulesContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemorySagaRulesApartTests(TestContext test) : SagaRulesContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryPipelineTests(TestContext test) : PipelineContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Joined)]
public sealed class InMemoryDepartureTests(TestContext test) : DepartureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Joined);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryPipelineApartTests(TestContext test) : PipelineContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}

[TestClass, RunsOn(RunsOnAttribute.Apart)]
public sealed class InMemoryDepartureApartTests(TestContext test) : DepartureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new InMemoryBus(CommitMode.Apart);
}
