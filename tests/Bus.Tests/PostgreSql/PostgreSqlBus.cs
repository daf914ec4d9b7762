using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>Queues and state in one schema of the test's own.</summary>
sealed class PostgreSqlBus(PostgreSqlSchema schema) : IBusUnderTest
{
    public PostgreSqlBus() : this(new PostgreSqlSchema())
    {
    }

    public PostgreSqlSchema Schema => schema;

    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(10);

    public TransportDefinition Transport() => Definition(Schema, Lease);

    public static PostgreSqlTransport Definition(PostgreSqlSchema schema, TimeSpan lease)
    {
        var transport = new PostgreSqlTransport(schema.ConnectionString) { DefaultSchema = schema.Name, QueuePeeker = { Delay = TimeSpan.FromMilliseconds(100) } };
        transport.LeaseMessagesFor(lease);
        return transport;
    }

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        var persistence = endpoint.UsePersistence<SqlPersistence>();
        persistence.EnableTransactionalSession();
        persistence.ConnectionBuilder(Schema.Connect);
        persistence.SqlDialect<SqlDialect.PostgreSql>().Schema(Schema.Name);
        endpoint.EnableInstallers();
        return endpoint.UseTransport(Transport());
    }

    public string Address(string queue) => $"\"{Schema.Name}\".\"{queue}\"";

    public long Waiting(ITransport transport, string queue)
    {
        var table = ((ServerQueues)transport).Find(queue);
        return Schema.Scalar<long>($"SELECT (SELECT count(*) FROM {table.Table}) + (SELECT count(*) FROM {table.Claims})");
    }

    public Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        PostgreSqlStoreBus.Find<TData>(session, context, property, value);

    public void Dispose() => Schema.Dispose();
}
