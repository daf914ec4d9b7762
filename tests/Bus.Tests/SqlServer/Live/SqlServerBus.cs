using Dovetail.Bus.Sql.Servers;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Data.SqlClient;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.SqlServer.Live;

/// <summary>Queues and state in one schema of the test's own, on the server that DOVETAIL_TEST_SQLSERVER names. Built with -p:SqlServer=true only: docs/sql-server.md.</summary>
sealed class SqlServerBus : IBusUnderTest
{
    readonly string _schema = $"test_{Guid.NewGuid():N}";

    public SqlServerBus() => Execute($"CREATE SCHEMA [{_schema}]");

    public TransportDefinition Transport() => Definition(TimeSpan.FromSeconds(10));

    public SqlServerTransport Definition(TimeSpan lease)
    {
        var transport = new SqlServerTransport(ConnectionString) { DefaultSchema = _schema, QueuePeeker = { Delay = TimeSpan.FromMilliseconds(100) } };
        transport.LeaseMessagesFor(lease);
        return transport;
    }

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        var persistence = endpoint.UsePersistence<SqlPersistence>();
        persistence.EnableTransactionalSession();
        persistence.ConnectionBuilder(Connect);
        persistence.SqlDialect<SqlDialect.MsSqlServer>().Schema(_schema);
        endpoint.EnableInstallers();
        return endpoint.UseTransport(Transport());
    }

    public string Address(string queue) => $"{queue}@[{_schema}]@[{new SqlConnectionStringBuilder(ConnectionString).InitialCatalog}]";

    public long Waiting(ITransport transport, string queue)
    {
        var table = ((ServerQueues)transport).Find(queue);
        using var connection = Connect();
        connection.Open();
        using var command = new SqlCommand($"SELECT (SELECT COUNT_BIG(*) FROM {table.Table}) + (SELECT COUNT_BIG(*) FROM {table.Claims})", connection);
        return (long)command.ExecuteScalar();
    }

    public async Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        await session.GetSagaData<TData>(context, $"JSON_VALUE(Data, '$.{property}') = @value", (make, append) =>
        {
            var parameter = make();
            (parameter.ParameterName, parameter.Value) = ("@value", value);
            append(parameter);
        });

    public void Dispose() => Execute($"""
        DECLARE @drop nvarchar(max) = N'';
        SELECT @drop += N'DROP TABLE [{_schema}].' + QUOTENAME(name) + N';' FROM sys.tables WHERE schema_id = SCHEMA_ID(N'{_schema}');
        EXEC (@drop);
        DROP SCHEMA [{_schema}];
        """);

    static string ConnectionString => Environment.GetEnvironmentVariable("DOVETAIL_TEST_SQLSERVER")
        ?? throw new InvalidOperationException("DOVETAIL_TEST_SQLSERVER names no SQL Server. Set it to a connection string with a database in which schemas may be made.");

    static SqlConnection Connect() => new(ConnectionString);

    static void Execute(string sql)
    {
        using var connection = Connect();
        connection.Open();
        using var command = new SqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
}
