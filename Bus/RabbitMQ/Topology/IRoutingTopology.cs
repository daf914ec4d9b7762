using NServiceBus.Unicast.Messages;
using RabbitMQ.Client;

namespace NServiceBus.Transport.RabbitMQ;

/// <summary>Which exchanges and bindings lead to which queues.</summary>
public interface IRoutingTopology
{
    /// <summary>Lets delayed messages for an address reach it.</summary>
    ValueTask BindToDelayInfrastructure(IChannel channel, string address, string deliveryExchange, string routingKey, CancellationToken cancellationToken = default);

    /// <summary>Creates what is missing.</summary>
    ValueTask Initialize(IChannel channel, IEnumerable<string> receivingAddresses, IEnumerable<string> sendingAddresses, CancellationToken cancellationToken = default);

    /// <summary>Publishes an event.</summary>
    ValueTask Publish(IChannel channel, Type type, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default);

    /// <summary>Sends a message that could not even be read.</summary>
    ValueTask RawSendInCaseOfFailure(IChannel channel, string address, ReadOnlyMemory<byte> body, BasicProperties properties, CancellationToken cancellationToken = default);

    /// <summary>Sends a message to an address.</summary>
    ValueTask Send(IChannel channel, string address, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default);

    /// <summary>Has a subscriber receive events of a type.</summary>
    ValueTask SetupSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default);

    /// <summary>Has a subscriber no longer receive them.</summary>
    ValueTask TeardownSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default);
}
