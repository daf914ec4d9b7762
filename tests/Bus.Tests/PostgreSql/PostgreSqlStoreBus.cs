using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Transport;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>State on PostgreSQL, queues elsewhere: in memory.</summary>
/// <param name="keepsTimeouts">True if the messages of timeouts stay in the database until they are due.</param>
sealed class PostgreSqlStoreBus(bool keepsTimeouts = false) : IBusUnderTest
{
    readonly InMemoryBroker _broker = new(CommitMode.Apart);

    public InMemoryBroker Broker => _broker;

    /// <summary>Whether endpoints that are set up from now on keep timeouts.</summary>
    public bool KeepsTimeouts { get; set; } = keepsTimeouts;

    public PostgreSqlSchema Schema { get; init; } = new();

    public TransportDefinition Transport() => new InMemoryTransport(_broker);

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        var persistence = endpoint.UsePersistence<SqlPersistence>();
        persistence.EnableTransactionalSession();
        persistence.ConnectionBuilder(Schema.Connect);
        persistence.SqlDialect<SqlDialect.PostgreSql>().Schema(Schema.Name);
        if (KeepsTimeouts) persistence.KeepTimeoutsUntilDue();
        endpoint.EnableInstallers();
        return endpoint.UseTransport(new InMemoryTransport(_broker));
    }

    public long Waiting(ITransport transport, string queue) => _broker.Messages(queue).Count(message => message.DueAt is null);

    public Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        Find<TData>(session, context, property, value);

    public static async Task<TData?> Find<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        await session.GetSagaData<TData>(context, $"\"Data\" ->> '{property}' = @value", (make, append) =>
        {
            var parameter = make();
            (parameter.ParameterName, parameter.Value) = ("@value", value);
            append(parameter);
        });

    public void Dispose() => Schema.Dispose();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlPersistenceApartTests(TestContext test) : PersistenceContract(test, keepsWhatIsSent: true)
{
    private protected override StoreUnderTest Open() => new(new PostgreSqlStoreBus());
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlStoreApartTests(TestContext test) : StoreContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlOutboxApartTests(TestContext test) : OutboxContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlSessionApartTests(TestContext test) : SessionContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlTimeoutApartTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

/// <summary>Timeouts whose messages stay in the database until they are due.</summary>
[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlKeptTimeoutTests(TestContext test) : TimeoutContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus(keepsTimeouts: true);
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlSagaApartTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlSagaLifeApartTests(TestContext test) : SagaLifeContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlSagaFinderApartTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlEndpointApartTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlLifecycleApartTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSqlApart)]
public sealed class PostgreSqlSessionCrashTests(TestContext test) : SessionCrashContract(test)
{
    private protected override IBusUnderTest CreateBus() => new PostgreSqlStoreBus();
}
