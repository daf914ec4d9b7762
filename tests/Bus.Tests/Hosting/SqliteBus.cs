using Dovetail.Bus.Sql.Sqlite;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Hosting;

/// <summary>Transport and store in one SQLite file of the test's own.</summary>
sealed class SqliteBus : IBusUnderTest
{
    readonly TemporaryFolder _folder = new();

    public string Path => _folder.File("bus.db");

    public TransportDefinition Transport() => Definition();

    /// <param name="lease">How long a message stays with whoever took it and fell silent.</param>
    public TransportDefinition Transport(TimeSpan lease) => new SqliteTransport(Path) { PollInterval = TimeSpan.FromMilliseconds(10), LeaseDuration = lease };

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        endpoint.UsePersistence<SqlitePersistence>().EnableTransactionalSession();
        return endpoint.UseTransport(Definition());
    }

    public long Waiting(ITransport transport, string queue) => ((SqliteQueues)transport).File.Read(db => db.Number(SqliteDialect.CountWaiting(queue)));

    public async Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        await session.GetSagaData<TData>(context, $"json_extract(Data, '$.{property}') = @value", (make, append) =>
        {
            var parameter = make();
            (parameter.ParameterName, parameter.Value) = ("@value", value);
            append(parameter);
        });

    public void Dispose() => _folder.Dispose();

    SqliteTransport Definition() => new(Path) { PollInterval = TimeSpan.FromMilliseconds(50), BusyTimeout = TimeSpan.FromMilliseconds(100) };
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteEndpointTests(TestContext test) : EndpointContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSagaTests(TestContext test) : SagaContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteRecoverabilityTests(TestContext test) : RecoverabilityContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteConfigurationTests(TestContext test) : ConfigurationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteMutationTests(TestContext test) : MutationContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteLifecycleTests(TestContext test) : LifecycleContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteInterfaceMessageTests(TestContext test) : InterfaceMessageContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteTypeHeaderTests(TestContext test) : TypeHeaderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSagaFinderTests(TestContext test) : SagaFinderContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteSagaRulesTests(TestContext test) : SagaRulesContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqlitePipelineTests(TestContext test) : PipelineContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class SqliteDepartureTests(TestContext test) : DepartureContract(test)
{
    private protected override IBusUnderTest CreateBus() => new SqliteBus();
}
