using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.PostgreSql;
using Dovetail.Bus.Tests.Transport;
using Dovetail.Bus.Tests.Wire;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Queues on RabbitMQ, state on PostgreSQL.</summary>
sealed class RabbitPostgreSqlBus : IBusUnderTest
{
    readonly RabbitBus _queues = new();
    readonly PostgreSqlSchema _schema = new();

    public PostgreSqlSchema Schema => _schema;

    public bool HasIdsOfItsOwn => false;

    public bool CountsWhatCameBack => true;

    public TransportDefinition Transport() => _queues.Transport();

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        var persistence = endpoint.UsePersistence<SqlPersistence>();
        persistence.EnableTransactionalSession();
        persistence.ConnectionBuilder(_schema.Connect);
        persistence.SqlDialect<SqlDialect.PostgreSql>().Schema(_schema.Name);
        endpoint.EnableInstallers();
        return endpoint.UseTransport(_queues.Definition());
    }

    public long Waiting(ITransport transport, string queue) => _queues.Waiting(transport, queue);

    public Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        PostgreSqlStoreBus.Find<TData>(session, context, property, value);

    public void Dispose()
    {
        _queues.Dispose();
        _schema.Dispose();
    }
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlRecoverabilityTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSagaTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSagaLifeTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSagaFinderTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlOutboxTests(TestContext test) : OutboxContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlTimeoutTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSessionTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlConfigurationTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlMutationTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlLifecycleTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlInterfaceMessageTests(TestContext test) : RabbitInterfaceMessageTests(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlTypeHeaderTests(TestContext test) : TypeHeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSagaRulesTests(TestContext test) : SagaRulesContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlPipelineTests(TestContext test) : PipelineContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlDepartureTests(TestContext test) : DepartureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSendingTests(TestContext test) : SendingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlPublishingTests(TestContext test) : PublishingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlHandlingTests(TestContext test) : HandlingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlHeaderTests(TestContext test) : RabbitHeaderTests(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlConversationTests(TestContext test) : ConversationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSerializationTests(TestContext test) : SerializationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlDelayTests(TestContext test) : RabbitDelayTests(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlAuditTests(TestContext test) : AuditContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlAuditEnvironmentTests(TestContext test) : AuditEnvironmentContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlFailureTests(TestContext test) : FailureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSagaFindingTests(TestContext test) : SagaFindingContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlStoreTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlPlatformTests(TestContext test) : PlatformContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, DoNotParallelize, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlTelemetryTests(TestContext test) : TelemetryContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlCustomCheckTests(TestContext test) : CustomCheckContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlGuardTests(TestContext test) : GuardContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlBusinessDataTests(TestContext test) : PostgreSqlBusinessDataContract(test)
{
    private protected override PostgreSqlSchema Schema => ((RabbitPostgreSqlBus)Bus).Schema;

    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlPersistenceTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: true)
{
    private protected override StoreUnderTest Open() => new(new RabbitPostgreSqlBus());
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlSessionCrashTests(TestContext test) : SessionCrashContract(test)
{
    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class RabbitPostgreSqlWithoutInstallersTests(TestContext test) : WithoutInstallersContract(test)
{
    private protected override PostgreSqlSchema Schema => ((RabbitPostgreSqlBus)Bus).Schema;

    private protected override IBusUnderTest CreateBus() => new RabbitPostgreSqlBus();
}
