using System.Threading.Channels;
using Dovetail.Hub.Settings;
using Dovetail.ServiceControl.Queues;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using NpgsqlTypes;
using NServiceBus;
using NServiceBus.Routing;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Hub.Engines;

/// <summary>All that is particular to NServiceBus as the messaging engine, and has its counterpart for the built-in one.</summary>
static partial class Official
{
    /// <summary>Sagas and outbox on PostgreSQL; queues on RabbitMQ if it is set, else in the same database.</summary>
    public static RoutingSettings UseTransportAndStore(EndpointConfiguration endpoint, IConfiguration configuration)
    {
        var database = Database(configuration);
        var store = endpoint.UsePersistence<SqlPersistence>();
        store.ConnectionBuilder(() => new NpgsqlConnection(database));
        store.SqlDialect<SqlDialect.PostgreSql>().JsonBParameterModifier(parameter => ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Jsonb);
        store.EnableTransactionalSession();
        endpoint.EnableInstallers();
        return endpoint.UseTransport(Transport(configuration));
    }

    /// <summary>None: NServiceBus runs callbacks, each in the message's own transaction.</summary>
    public static void AddCommits(IServiceCollection services)
    {
    }

    /// <summary>A role is ready once its endpoint has started; whether it still reaches its queue NServiceBus does not tell.</summary>
    public static void AddHealth(IServiceCollection services) => services.AddHealthChecks().AddCheck<HostHasStarted>("bus", tags: ["ready"]);

    public static void AddWebHealth(IServiceCollection services) => AddHealth(services);

    /// <summary>Always: only then does NServiceBus know what it misses.</summary>
    public static bool Installs(IConfiguration configuration) => true;

    /// <summary>Returns once the broker has answered.</summary>
    public static Task Reach(IConfiguration configuration, CancellationToken cancellation) => CreateQueues(configuration, [], cancellation);

    /// <summary>NServiceBus writes down what it is configured to do when an endpoint starts, and not before.</summary>
    public static string Explain(EndpointConfiguration endpoint) => $"{endpoint.EndpointName}\n  run by NServiceBus: look into its startup diagnostics, a file that it writes when the endpoint starts";

    public static IRawQueues RawQueues(IConfiguration configuration, TimeProvider time, ILoggerFactory logging) => new Queues(() => Transport(configuration), time, logging.CreateLogger("Dovetail.Hub.Queues"));

    /// <summary>Creates queues that belong to no endpoint.</summary>
    public static async Task CreateQueues(IConfiguration configuration, IReadOnlyCollection<string> queues, CancellationToken cancellation)
    {
        var infrastructure = await Queues.Open(Transport(configuration), "Setup", queues, (_, _, _) => { }, cancellation);
        await infrastructure.Shutdown(cancellation);
    }

    /// <summary>None: NServiceBus has no way to ask, and creates what is missing.</summary>
    public static Task<IReadOnlySet<string>> Existing(IConfiguration configuration, IReadOnlyCollection<string> queues, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlySet<string>>(new HashSet<string>());

    static TransportDefinition Transport(IConfiguration configuration) => Places.Of(configuration).Broker is { } broker
        ? new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), broker.AbsoluteUri)
        // The outbox stands between queues and state, wherever the queues are.
        : new PostgreSqlTransport(Database(configuration)) { TransportTransactionMode = TransportTransactionMode.ReceiveOnly };

    /// <summary>The one that the endpoints keep their tables in, so that both commit as one.</summary>
    static string Database(IConfiguration configuration) => Places.Of(configuration) is { IsServer: true } server ? server.Database : throw new InvalidOperationException(
        "This hub was built with NServiceBus, which keeps its state in PostgreSQL, and ConnectionStrings:Dovetail names no server. " +
        "Set it, such as \"Host=db;Database=dovetail;Username=...\", or build the hub without -p:Engine=NServiceBus: then it needs none.");

    sealed class HostHasStarted(IHostApplicationLifetime host) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(host.ApplicationStarted.IsCancellationRequested ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The endpoint has not started yet."));
    }

    sealed partial class Queues(Func<TransportDefinition> transport, TimeProvider time, ILogger logger) : IRawQueues, IAsyncDisposable
    {
        readonly SemaphoreSlim _opening = new(1);
        TransportInfrastructure? _sender;

        public async Task Consume(string queue, int batchSize, TimeSpan patience, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop)
        {
            var arrived = Channel.CreateUnbounded<Arrival>();
            var infrastructure = await Open(transport(), "ServiceControl", [queue], (error, failure, _) => arrived.Writer.TryComplete(new InvalidOperationException(error, failure)), stop);
            var receiver = infrastructure.Receivers[queue];
            await receiver.Initialize(new PushRuntimeSettings(batchSize), (message, cancellation) => Offer(message, arrived.Writer, cancellation), (_, _) => Task.FromResult(ErrorHandleResult.RetryRequired), stop);
            await receiver.StartReceive(stop);
            try
            {
                while (await arrived.Reader.WaitToReadAsync(stop))
                {
                    if (arrived.Reader.Count < batchSize) await Task.Delay(patience, time, stop);
                    await Ingest(Batch(arrived.Reader, batchSize), ingest, stop);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                LogStopped(queue);
            }
            finally
            {
                // What was offered and not ingested is not acknowledged: it comes again.
                await receiver.StopReceive(new CancellationToken(canceled: true));
                await infrastructure.Shutdown(CancellationToken.None);
            }
        }

        public async Task Send(string queue, IReadOnlyList<RawMessage> messages, CancellationToken cancellation)
        {
            var operations = messages.Select(message => new TransportOperation(
                new OutgoingMessage(message.Headers.GetValueOrDefault(Headers.MessageId) ?? message.NativeId, new Dictionary<string, string>(message.Headers, StringComparer.Ordinal), message.Body), new UnicastAddressTag(queue)));
            await (await Sender(cancellation)).Dispatcher.Dispatch(new TransportOperations([.. operations]), new TransportTransaction(), cancellation);
        }

        public async ValueTask DisposeAsync()
        {
            if (_sender is not null) await _sender.Shutdown();
            _opening.Dispose();
        }

        public static Task<TransportInfrastructure> Open(TransportDefinition transport, string name, IReadOnlyCollection<string> queues, Action<string, Exception, CancellationToken> failed, CancellationToken cancellation) => transport.Initialize(
            new HostSettings(name, name, new StartupDiagnosticEntries(), failed, setupInfrastructure: true),
            [.. queues.Select(queue => new ReceiveSettings(queue, new QueueAddress(queue), usePublishSubscribe: false, purgeOnStartup: false, errorQueue: "error"))], [], cancellation);

        async Task<TransportInfrastructure> Sender(CancellationToken cancellation)
        {
            await _opening.WaitAsync(cancellation);
            try
            {
                return _sender ??= await Open(transport(), "ServiceControl", [], (_, _, _) => { }, cancellation);
            }
            finally
            {
                _opening.Release();
            }
        }

        static async Task Offer(MessageContext message, ChannelWriter<Arrival> arrived, CancellationToken cancellation)
        {
            var arrival = new Arrival(new RawMessage(message.NativeMessageId, message.Headers, message.Body), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            await arrived.WriteAsync(arrival, cancellation);
            await arrival.Ingested.Task.WaitAsync(cancellation);
        }

        static List<Arrival> Batch(ChannelReader<Arrival> arrived, int most)
        {
            var batch = new List<Arrival>();
            while (batch.Count < most && arrived.TryRead(out var arrival)) batch.Add(arrival);
            return batch;
        }

        static async Task Ingest(List<Arrival> batch, Func<IReadOnlyList<RawMessage>, CancellationToken, Task> ingest, CancellationToken stop)
        {
            try
            {
                await ingest([.. batch.Select(arrival => arrival.Message)], stop);
                foreach (var arrival in batch) arrival.Ingested.SetResult();
            }
            catch (Exception failure)
            {
                foreach (var arrival in batch) arrival.Ingested.TrySetException(failure);
                throw;
            }
        }

        [LoggerMessage(LogLevel.Debug, "Nothing is read from queue {Queue} any more")]
        partial void LogStopped(string queue);

        sealed record Arrival(RawMessage Message, TaskCompletionSource Ingested);
    }
}
