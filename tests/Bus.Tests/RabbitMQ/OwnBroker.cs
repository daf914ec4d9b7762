using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>A broker of one test's own, which it may kill.</summary>
sealed class OwnBroker : IBusUnderTest, IAsyncDisposable
{
    readonly string _folder;
    readonly Action<RabbitMQTransport> _configure;
    readonly InMemoryBroker _memory = new(CommitMode.Apart);

    OwnBroker(string folder, Action<RabbitMQTransport> configure) => (_folder, _configure) = (folder, configure);

    public bool HasIdsOfItsOwn => false;

    public string Address { get; private set; } = "";

    /// <param name="settings">Lines of rabbitmq.conf.</param>
    public static Task<OwnBroker> Start(Action<RabbitMQTransport> configure, CancellationToken cancellation, params string[] settings) => Start(configure, [], cancellation, settings);

    /// <param name="plugins">Beside its management.</param>
    /// <inheritdoc cref="Start(Action{RabbitMQTransport}, CancellationToken, string[])" />
    public static async Task<OwnBroker> Start(Action<RabbitMQTransport> configure, string[] plugins, CancellationToken cancellation, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-broker-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "enabled_plugins"), $"[{string.Join(',', plugins.Prepend("rabbitmq_management"))}].\n", cancellation);
        // The broker looks for handlers that take too long once a minute unless told otherwise.
        await File.WriteAllTextAsync(Path.Combine(folder, "advanced.config"), "[{rabbit, [{channel_tick_interval, 500}]}].\n", cancellation);
        var broker = new OwnBroker(folder, configure);
        await Servers.Run(cancellation, ["rabbitmq", folder, .. settings]);
        broker.Address = (await File.ReadAllTextAsync(Path.Combine(folder, "env"), cancellation)).Split('\'')[1];
        return broker;
    }

    public Task Kill(CancellationToken cancellation) => Servers.Run(cancellation, "kill", _folder);

    public Task StartAgain(CancellationToken cancellation) => Servers.Run(cancellation, "start", _folder);

    public TransportDefinition Transport()
    {
        var transport = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), Address)
        {
            NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200),
            DisabledBrokerRequirementChecks = BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled,
            ValidateDeliveryLimits = false,
        };
        _configure(transport);
        return transport;
    }

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        endpoint.EnableInstallers();
        endpoint.Settings.Persistence = new MemoryPersistence(_memory);
        endpoint.Settings.TransactionalSession = new TransactionalSessionOptions();
        return endpoint.UseTransport((RabbitMQTransport)Transport());
    }

    public long Waiting(ITransport transport, string queue) => transport.Waiting(queue, CancellationToken.None).GetAwaiter().GetResult();

    public void Dispose()
    {
        // Asynchronously, by the test.
    }

    public async ValueTask DisposeAsync() => await Servers.Run(CancellationToken.None, "remove", _folder);
}
