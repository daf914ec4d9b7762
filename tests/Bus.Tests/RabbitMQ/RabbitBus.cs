using System.Collections.Concurrent;
using Dovetail.Bus.RabbitMQ;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Queues on a real broker, with the store that a contract is run for.</summary>
sealed class RabbitBus : IBusUnderTest
{
    readonly string _virtualHost;
    readonly ConcurrentBag<RabbitQueues> _opened = [];
    readonly InMemoryBroker _memory = new(CommitMode.Apart);

    public RabbitBus()
    {
        _virtualHost = VirtualHosts.Rent();
        Broker = VirtualHosts.Broker(_virtualHost);
    }

    public string VirtualHost => _virtualHost;

    /// <summary>Where endpoints connect to.</summary>
    public Uri Broker { get; set; }

    public QueueType Queues { get; init; } = QueueType.Quorum;

    public bool HasIdsOfItsOwn => false;

    public bool CountsWhatCameBack => true;

    public TransportDefinition Transport() => Definition();

    public RabbitMQTransport Definition(Action<RabbitMQTransport>? configure = null, RoutingTopology? topology = null)
    {
        var transport = new Watched(_opened, topology ?? RoutingTopology.Conventional(Queues), Broker.ToString())
        {
            // A queue that is read one by one shows what waits in it.
            PrefetchCountCalculation = static concurrency => concurrency == 1 ? 1 : 3L * concurrency,
            NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200),
            // Each asks the management API for each endpoint; they have tests of their own.
            DisabledBrokerRequirementChecks = BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled,
            ValidateDeliveryLimits = false,
        };
        configure?.Invoke(transport);
        return transport;
    }

    public RoutingSettings Use(EndpointConfiguration endpoint)
    {
        endpoint.EnableInstallers();
        endpoint.Settings.Persistence = new MemoryPersistence(_memory);
        endpoint.Settings.TransactionalSession = new TransactionalSessionOptions();
        return endpoint.UseTransport(Definition());
    }

    public long Waiting(ITransport transport, string queue) => CountAll(transport, queue).GetAwaiter().GetResult();

    public Task<TData?> FindSaga<TData>(ISynchronizedStorageSession session, IReadOnlyContextBag context, string property, string value) where TData : class, IContainSagaData =>
        session.GetSagaData<TData>(context, data => value.Equals(typeof(TData).GetProperty(property)!.GetValue(data)));

    public void Dispose() => VirtualHosts.GiveBack(_virtualHost);

    async Task<long> CountAll(ITransport transport, string queue)
    {
        var count = await transport.Waiting(queue, CancellationToken.None);
        foreach (var opened in _opened) count += await opened.InHand(queue, CancellationToken.None);
        return count;
    }

    sealed class Watched(ConcurrentBag<RabbitQueues> opened, RoutingTopology topology, string connectionString) : RabbitMQTransport(topology, connectionString)
    {
        internal override ITransport Create(TransportContext context)
        {
            var queues = (RabbitQueues)base.Create(context);
            opened.Add(queues);
            return queues;
        }
    }
}
