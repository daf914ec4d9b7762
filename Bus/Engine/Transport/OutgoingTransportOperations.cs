namespace NServiceBus.Transport;

/// <summary>A message as a transport is about to send it.</summary>
public interface IOutgoingTransportOperation
{
    /// <summary>The message.</summary>
    OutgoingMessage Message { get; }

    /// <summary>Delay, expiry, and whatever the sender adds for a transport that understands it.</summary>
    DispatchProperties Properties { get; }

    /// <summary>Whether it leaves with the outcome of the message being handled, or at once.</summary>
    DispatchConsistency RequiredDispatchConsistency { get; }
}

/// <summary>A message for one address.</summary>
public class UnicastTransportOperation : IOutgoingTransportOperation
{
    /// <summary>Addresses a message.</summary>
    public UnicastTransportOperation(OutgoingMessage message, string destination, DispatchProperties properties, DispatchConsistency requiredDispatchConsistency = DispatchConsistency.Default) =>
        (Message, Destination, Properties, RequiredDispatchConsistency) = (message, destination, properties, requiredDispatchConsistency);

    /// <summary>Where it goes.</summary>
    public string Destination { get; }

    /// <inheritdoc />
    public OutgoingMessage Message { get; }

    /// <inheritdoc />
    public DispatchProperties Properties { get; }

    /// <inheritdoc />
    public DispatchConsistency RequiredDispatchConsistency { get; }
}

/// <summary>A message for whoever subscribed to its type.</summary>
public class MulticastTransportOperation : IOutgoingTransportOperation
{
    /// <summary>Addresses a message.</summary>
    public MulticastTransportOperation(OutgoingMessage message, Type messageType, DispatchProperties properties, DispatchConsistency requiredDispatchConsistency = DispatchConsistency.Default) =>
        (Message, MessageType, Properties, RequiredDispatchConsistency) = (message, messageType, properties, requiredDispatchConsistency);

    /// <inheritdoc />
    public OutgoingMessage Message { get; }

    /// <summary>The type of event.</summary>
    public Type MessageType { get; }

    /// <inheritdoc />
    public DispatchProperties Properties { get; }

    /// <inheritdoc />
    public DispatchConsistency RequiredDispatchConsistency { get; }
}
