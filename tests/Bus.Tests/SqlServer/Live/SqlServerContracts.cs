using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Transport;
using Dovetail.Bus.Tests.Wire;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.SqlServer.Live;

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerTransportTests(TestContext test) : TransportContract(test), IDisposable
{
    readonly SqlServerBus _bus = new();

    public void Dispose() => _bus.Dispose();

    protected override bool TakesAhead => true;

    protected override TransportDefinition Definition(TimeSpan lease) => _bus.Definition(lease);
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerPersistenceTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: false)
{
    private protected override StoreUnderTest Open() => new(new SqlServerBus());
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerAuditTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerAuditEnvironmentTests(TestContext test) : AuditEnvironmentContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerConfigurationTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerConversationTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerDelayTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerDepartureTests(TestContext test) : DepartureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerFailureTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerHandlingTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerHeaderTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerInterfaceMessageTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerLifecycleTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerMutationTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerOutboxTests(TestContext test) : OutboxContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerPipelineTests(TestContext test) : PipelineContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerPublishingTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerRecoverabilityTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSagaTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSagaFinderTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSagaFindingTests(TestContext test) : SagaFindingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSagaLifeTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSagaRulesTests(TestContext test) : SagaRulesContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSendingTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSerializationTests(TestContext test) : SerializationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerSessionTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerStoreTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerTimeoutTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerTypeHeaderTests(TestContext test) : TypeHeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerCustomCheckTests(TestContext test) : CustomCheckContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerPlatformTests(TestContext test) : PlatformContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}

[TestClass, RunsOn(RunsOnAttribute.SqlServer)]
public sealed class SqlServerGuardTests(TestContext test) : GuardContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqlServerBus();
}
