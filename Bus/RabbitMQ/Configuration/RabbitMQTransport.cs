using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Dovetail.Bus.RabbitMQ;
using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.RabbitMQ.Receiving;
using Dovetail.Bus.Transport;
using NServiceBus.Transport;
using NServiceBus.Transport.RabbitMQ;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace NServiceBus;

/// <summary>Queues on RabbitMQ, with names, bindings and properties of NServiceBus: endpoints of both engines meet on one broker.</summary>
public class RabbitMQTransport : TransportDefinition
{
    /// <summary>Delayed messages, and so delayed retries, are there.</summary>
    public RabbitMQTransport(RoutingTopology routingTopology, string connectionString) : this(routingTopology, connectionString, true)
    {
    }

    /// <param name="enableDelayedDelivery">False where nobody may create the queues in which messages wait; then delayed retries must be switched off too.</param>
    public RabbitMQTransport(RoutingTopology routingTopology, string connectionString, bool enableDelayedDelivery)
    {
        ArgumentNullException.ThrowIfNull(routingTopology);
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        Topology = routingTopology.Create();
        Address = BrokerAddress.Parse(connectionString);
        DelaysMessages = enableDelayedDelivery;
    }

    /// <summary>Proves to the broker who connects.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>What is not to be asked of the broker when the endpoint starts.</summary>
    public BrokerRequirementChecks DisabledBrokerRequirementChecks { get; set; }

    /// <summary>After twice this time without a sign of life a connection counts as lost.</summary>
    public TimeSpan HeartbeatInterval { get; set => field = Positive(value, nameof(HeartbeatInterval)); } = TimeSpan.FromMinutes(1);

    /// <summary>Where the broker's management API is, and who asks there; as a rule on the broker's host, with the user of the connection.</summary>
    public ManagementApiConfiguration? ManagementApiConfiguration { get; set; }

    /// <summary>Where the id of an incoming message is found; the property message-id unless set.</summary>
    public Func<BasicDeliverEventArgs, string> MessageIdStrategy
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = IncomingProperties.MessageIdOf;

    /// <summary>How long to wait after a vain attempt to connect.</summary>
    public TimeSpan NetworkRecoveryInterval { get; set => field = Positive(value, nameof(NetworkRecoveryInterval)); } = TimeSpan.FromSeconds(10);

    /// <summary>Sees each message's native properties last, and may change them.</summary>
    public Action<IOutgoingTransportOperation, IBasicProperties>? OutgoingNativeMessageCustomization { get; set; }

    /// <summary>How many messages the broker hands out ahead, by how many are handled at a time; three times as many unless set.</summary>
    public PrefetchCountCalculation PrefetchCountCalculation
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    } = static concurrency => 3L * concurrency;

    /// <summary>Accepted and not looked at: the endpoint's watchdog says when a receiver that can't reach its queue is replaced.</summary>
    public TimeSpan TimeToWaitBeforeTriggeringCircuitBreaker { get; set => field = Positive(value, nameof(TimeToWaitBeforeTriggeringCircuitBreaker)); } = TimeSpan.FromMinutes(2);

    /// <summary>Whether a quorum queue must not drop messages that were returned too often. RabbitMQ 4 drops them after 20 times unless told otherwise.</summary>
    public bool ValidateDeliveryLimits { get; set; } = true;

    /// <summary>False trusts whoever answers: for tests only.</summary>
    public bool ValidateRemoteCertificate { get; set; } = true;

    internal IRoutingTopology Topology { get; }

    internal BrokerAddress Address { get; }

    internal List<ClusterNode> Nodes { get; } = [];

    internal bool DelaysMessages { get; }

    /// <summary>After so long without an acknowledgement the broker takes a message back; 30 minutes unless it is set up otherwise.</summary>
    internal TimeSpan AcknowledgementLimit { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Adds another node of the cluster, on the default port.</summary>
    public void AddClusterNode(string hostName, bool useTls)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hostName);
        Nodes.Add(new ClusterNode(hostName, BrokerAddress.DefaultPort(useTls), useTls));
    }

    /// <summary>Adds another node of the cluster.</summary>
    public void AddClusterNode(string hostName, int port, bool useTls)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hostName);
        Nodes.Add(new ClusterNode(hostName, port, useTls));
    }

    internal override string Describe() => string.Create(CultureInfo.InvariantCulture, $"RabbitMQ {Address}{string.Concat(Nodes.Select(node => $", {node.Host}:{node.Port}"))}; {Topology.GetType().Name}");

    internal override ITransport Create(TransportContext context) => new RabbitQueues(this, context);

    static TimeSpan Positive(TimeSpan value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
        return value;
    }
}
