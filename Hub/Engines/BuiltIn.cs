using Dovetail.Bus;
using Dovetail.Endpoints.Connectors;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Telemetry;
using Dovetail.ServiceControl.Queues;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Hub.Engines;

/// <summary>All that is particular to the built-in messaging engine.</summary>
static class BuiltIn
{
    const string AuditQueue = "audit";
    const string ErrorQueue = "error";

    /// <summary>An endpoint on the hub's transport and store, with the conventions and policies of the house.</summary>
    public static EndpointConfiguration Endpoint(string name, IConfiguration configuration, Action<EndpointConfiguration, RoutingSettings> configure)
    {
        var bus = BusSettings.Read(configuration);
        var endpoint = new EndpointConfiguration(name);
        var routing = endpoint.UseTransport(Transport(configuration));
        endpoint.UsePersistence<SqlitePersistence>().EnableTransactionalSession();
        endpoint.UseSerialization<SystemJsonSerializer>();
        endpoint.AssemblyScanner().Disable = true;
        endpoint.LimitMessageProcessingConcurrencyTo(bus.Concurrency);
        endpoint.SendFailedMessagesTo(ErrorQueue);
        endpoint.AuditProcessedMessagesTo(AuditQueue);
        endpoint.Conventions()
            .DefiningCommandsAs(type => IsOf(type, "Commands"))
            .DefiningEventsAs(type => IsOf(type, "Events"))
            .DefiningMessagesAs(type => IsOf(type, "Messages"));
        endpoint.Recoverability()
            .CustomPolicy(Outages.Decide)
            .AddUnrecoverableException<RejectedException>()
            .Immediate(retries => retries.NumberOfRetries(bus.ImmediateRetries))
            .Delayed(retries => retries
                .NumberOfRetries(bus.DelayedRetries)
                .TimeIncrease(bus.DelayedRetryIncrease));

        endpoint.EnableOutbox().KeepDeduplicationDataFor(bus.RememberHandledFor);
        endpoint.Pipeline.Register<LogScope>("Says in the log to which order and conversation a message belongs.");
        if (OtlpExport.IsWanted(configuration)) endpoint.Pipeline.Register<OneTrace>("Keeps an order in one trace.");
        configure(endpoint, routing);
        return endpoint;
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

    // One rule for the whole hub: what a message is, its namespace says.
    static bool IsOf(Type type, string kind) =>
        type.Namespace is { } space && space.StartsWith("Dovetail.Contracts.", StringComparison.Ordinal) && space.EndsWith("." + kind, StringComparison.Ordinal);

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
