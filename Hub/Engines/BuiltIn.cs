using System.Globalization;
using Dovetail.Bus;
using Dovetail.Endpoints.Database;
using Dovetail.Hub.Settings;
using Dovetail.ServiceControl.Queues;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NServiceBus;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Hub.Engines;

/// <summary>All that is particular to the built-in messaging engine, and has its counterpart for NServiceBus.</summary>
static class BuiltIn
{
    // A broker node that is restarted, or another in its place, is there again within seconds.
    static readonly TimeSpan Reconnects = TimeSpan.FromSeconds(2);

    // A node that falls silent is given up after twice this time: with the transport's own minute, orders would wait two.
    static readonly TimeSpan Heartbeats = TimeSpan.FromSeconds(10);

    /// <summary>State in the database of the endpoints' tables, so that what belongs together is committed together; queues there too, unless a broker has them.</summary>
    public static RoutingSettings UseTransportAndStore(EndpointConfiguration endpoint, IConfiguration configuration)
    {
        var places = Places.Of(configuration);
        if (places.IsServer)
        {
            var store = endpoint.UsePersistence<SqlPersistence>();
            store.ConnectionBuilder(() => new NpgsqlConnection(places.Database));
            store.SqlDialect<SqlDialect.PostgreSql>();
            store.EnableTransactionalSession();
            // An order's deadlines are the hub's own: none waits for a broker's delay queues, and most are taken back before anybody hears of them.
            store.KeepTimeoutsUntilDue();
            if (Installs(configuration)) endpoint.EnableInstallers();
        }
        else
        {
            endpoint.UsePersistence<SqlitePersistence>().EnableTransactionalSession();
        }
        return endpoint.UseTransport(Transport(configuration));
    }

    /// <summary>What endpoints write with a message joins the bus's own statements where that is on a server.</summary>
    public static void AddCommits(IServiceCollection services) => services.AddSingleton<JoinCommit>(CommitStatements.TryWrite);

    /// <summary>A role is ready once its endpoint has started and reaches its queue.</summary>
    public static void AddHealth(IServiceCollection services) => services.AddHealthChecks().AddCheck<EndpointsAreReady>("bus", tags: ["ready"]);

    /// <summary>Who answers requests goes on while the broker is away: what it reads, and the outbox of what it takes, are in the database. If all said they were not ready, an orchestrator would let nobody in.</summary>
    public static void AddWebHealth(IServiceCollection services) => services.AddHealthChecks().AddCheck<EndpointsCanAnswer>("bus", tags: ["ready"]);

    /// <summary>Whether endpoints create the queues and tables that they miss.</summary>
    public static bool Installs(IConfiguration configuration) => BusSettings.Read(configuration).Install;

    /// <summary>Returns once the broker has answered.</summary>
    public static Task Reach(IConfiguration configuration, CancellationToken cancellation) => Existing(configuration, ["error"], cancellation);

    /// <summary>What an endpoint does, in words.</summary>
    public static string Explain(EndpointConfiguration endpoint) => endpoint.Explain().ToString();

    public static IRawQueues RawQueues(IConfiguration configuration, TimeProvider time, ILoggerFactory logging) =>
        new Queues(new RawQueues(Transport(configuration), "ServiceControl", time, logging));

    /// <summary>Creates queues that belong to no endpoint.</summary>
    public static async Task CreateQueues(IConfiguration configuration, IReadOnlyCollection<string> queues, CancellationToken cancellation)
    {
        await using var raw = new RawQueues(Transport(configuration), "Setup", TimeProvider.System, NullLoggerFactory.Instance);
        await raw.Create(queues, cancellation);
    }

    /// <summary>Those of the queues that are there.</summary>
    public static async Task<IReadOnlySet<string>> Existing(IConfiguration configuration, IReadOnlyCollection<string> queues, CancellationToken cancellation)
    {
        await using var raw = new RawQueues(Transport(configuration), "Setup", TimeProvider.System, NullLoggerFactory.Instance);
        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var queue in queues)
        {
            try
            {
                await raw.Length(queue, cancellation);
                there.Add(queue);
            }
            catch (QueueNotFoundException)
            {
                // That is the answer.
            }
        }
        return there;
    }

    static TransportDefinition Transport(IConfiguration configuration)
    {
        var bus = BusSettings.Read(configuration);
        return Places.Of(configuration) switch
        {
            { Broker: { } broker } places => OnBroker(broker, places.BrokerPort, bus),
            { IsServer: true } server => new PostgreSqlTransport(server.Database),
            var file => new SqliteTransport(new SqliteConnectionStringBuilder(file.Database).DataSource) { LeaseDuration = bus.LeaseDuration, WriteTurns = WriteTurns.Of(file.Database) },
        };
    }

    static RabbitMQTransport OnBroker(Uri broker, int otherwise, BusSettings bus)
    {
        var transport = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), broker.AbsoluteUri) { NetworkRecoveryInterval = Reconnects, HeartbeatInterval = Heartbeats };
        if (bus.BrokerManagement is { } management) transport.ManagementApiConfiguration = new ManagementApiConfiguration(management);
        foreach (var node in bus.BrokerNodes?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [])
        {
            var (name, port) = node.LastIndexOf(':') is > 0 and var colon ? (node[..colon], int.Parse(node[(colon + 1)..], CultureInfo.InvariantCulture)) : (node, otherwise);
            transport.AddClusterNode(name, port, useTls: broker.Scheme == "amqps");
        }
        return transport;
    }

    sealed class EndpointsAreReady(BusHealth health) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(health.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(health.ToString()));
    }

    internal sealed class EndpointsCanAnswer(BusHealth health, IConfiguration configuration) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(new HealthCheckResult(Of(health.Endpoints, hasBroker: Places.Of(configuration).Broker is not null), health.ToString()));

        /// <param name="endpoints">Those of the role.</param>
        /// <param name="hasBroker">False where queues are tables: a database that is away takes everything with it.</param>
        internal static HealthStatus Of(IReadOnlyList<EndpointState> endpoints, bool hasBroker)
        {
            if (!endpoints.All(endpoint => endpoint.IsRunning)) return HealthStatus.Unhealthy;
            var receivers = endpoints.SelectMany(endpoint => endpoint.Receivers).Select(receiver => receiver.Activity).ToList();
            if (receivers.TrueForAll(activity => activity is ReceiverActivity.Idle or ReceiverActivity.Busy)) return HealthStatus.Healthy;
            return hasBroker && receivers.TrueForAll(activity => activity is ReceiverActivity.Idle or ReceiverActivity.Busy or ReceiverActivity.Away) ? HealthStatus.Degraded : HealthStatus.Unhealthy;
        }
    }

    sealed class Queues(RawQueues queues) : IRawQueues, IAsyncDisposable
    {
        public Task Consume(string queue, int batchSize, TimeSpan patience, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop) => queues.Consume(
            queue, batchSize, patience, (batch, cancellation) => ingest([.. batch.Select(message => new RawMessage(message.NativeId, message.Headers, message.Body))], cancellation), stop);

        public Task Send(string queue, IReadOnlyList<RawMessage> messages, CancellationToken cancellation) =>
            queues.Send(queue, [.. messages.Select(message => new RawQueueMessage(message.NativeId, message.Headers, message.Body))], cancellation);

        public ValueTask DisposeAsync() => queues.DisposeAsync();
    }
}
