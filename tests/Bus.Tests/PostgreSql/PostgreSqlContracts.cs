using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Transport;
using Dovetail.Bus.Tests.Wire;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.PostgreSql;

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlTransportTests(TestContext test) : TransportContract(test), IDisposable
{
    readonly PostgreSqlSchema _schema = new();

    public void Dispose() => _schema.Dispose();

    protected override bool TakesAhead => true;

    protected override TransportDefinition Definition(TimeSpan lease) => PostgreSqlBus.Definition(_schema, lease);
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlPersistenceTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: false)
{
    private protected override StoreUnderTest Open() => new(new PostgreSqlBus());
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlAuditTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlAuditEnvironmentTests(TestContext test) : AuditEnvironmentContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlConfigurationTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlConversationTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlDelayTests(TestContext test) : DelayContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlDepartureTests(TestContext test) : DepartureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlFailureTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlHandlingTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlHeaderTests(TestContext test) : HeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlInterfaceMessageTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlLifecycleTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlMutationTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlOutboxTests(TestContext test) : OutboxContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlPipelineTests(TestContext test) : PipelineContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlPublishingTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlRecoverabilityTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSagaTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSagaFinderTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSagaFindingTests(TestContext test) : SagaFindingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSagaLifeTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSagaRulesTests(TestContext test) : SagaRulesContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSendingTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSerializationTests(TestContext test) : SerializationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlSessionTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlStoreTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlTimeoutTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlTypeHeaderTests(TestContext test) : TypeHeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlCustomCheckTests(TestContext test) : CustomCheckContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlPlatformTests(TestContext test) : PlatformContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlGuardTests(TestContext test) : GuardContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}

[TestClass, DoNotParallelize, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class PostgreSqlTelemetryTests(TestContext test) : TelemetryContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlBus();
}
