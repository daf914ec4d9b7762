using Dovetail.Bus.RabbitMQ.Topology;
using NServiceBus.Transport.RabbitMQ;

namespace NServiceBus;

/// <summary>Which exchanges and bindings lead to which queues.</summary>
public class RoutingTopology
{
    readonly Func<IRoutingTopology> _create;

    RoutingTopology(Func<IRoutingTopology> create) => _create = create;

    /// <summary>An exchange for each queue and each type of event: what NServiceBus endpoints use unless told otherwise.</summary>
    /// <param name="useDurableEntities">False makes exchanges, and classic queues, that a restart of the broker forgets.</param>
    public static RoutingTopology Conventional(QueueType queueType, bool useDurableEntities = true) => new(() => new ConventionalTopology(queueType, useDurableEntities));

    /// <summary>A topology of one's own.</summary>
    public static RoutingTopology Custom(IRoutingTopology routingTopology)
    {
        ArgumentNullException.ThrowIfNull(routingTopology);
        return new(() => routingTopology);
    }

    /// <summary>One topic exchange for all events, and none for queues.</summary>
    /// <param name="routingKeyConvention">The key under which events of a type travel; from its parents and its name unless given.</param>
    /// <param name="exchangeNameConvention">The exchange of the events; amq.topic unless given.</param>
    public static RoutingTopology Direct(QueueType queueType, bool useDurableEntities = true, Func<Type, string>? routingKeyConvention = null, Func<string>? exchangeNameConvention = null) =>
        new(() => new DirectTopology(queueType, useDurableEntities, routingKeyConvention, exchangeNameConvention));

    internal IRoutingTopology Create() => _create();
}
