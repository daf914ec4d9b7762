using Dovetail.Bus;
using Dovetail.Hub.Settings;
using Dovetail.ServiceControl.Queues;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Hub.Engines;

/// <summary>All that is particular to the built-in messaging engine, and has its counterpart for NServiceBus.</summary>
static class BuiltIn
{
    /// <summary>One file for queues, sagas and the tables of the endpoints: what belongs together is committed together.</summary>
    public static RoutingSettings UseTransportAndStore(EndpointConfiguration endpoint, IConfiguration configuration)
    {
        endpoint.UsePersistence<SqlitePersistence>().EnableTransactionalSession();
        return endpoint.UseTransport(Transport(configuration));
    }

    /// <summary>A role is ready once its endpoint has started and reaches its queue.</summary>
    public static void AddHealth(IServiceCollection services) => services.AddHealthChecks().AddCheck<EndpointsAreReady>("bus", tags: ["ready"]);

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

    static SqliteTransport Transport(IConfiguration configuration) =>
        new(new SqliteConnectionStringBuilder(configuration.GetConnectionString("Dovetail")).DataSource)
        {
            LeaseDuration = BusSettings.Read(configuration).LeaseDuration,
        };

    sealed class EndpointsAreReady(BusHealth health) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(health.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(health.ToString()));
    }

    sealed class Queues(RawQueues queues) : IRawQueues, IAsyncDisposable
    {
        public Task Consume(string queue, int batchSize, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop) => queues.Consume(
            queue, batchSize, (batch, cancellation) => ingest([.. batch.Select(message => new RawMessage(message.NativeId, message.Headers, message.Body))], cancellation), stop);

        public Task Send(string queue, IReadOnlyList<RawMessage> messages, CancellationToken cancellation) =>
            queues.Send(queue, [.. messages.Select(message => new RawQueueMessage(message.NativeId, message.Headers, message.Body))], cancellation);

        public ValueTask DisposeAsync() => queues.DisposeAsync();
    }
}
