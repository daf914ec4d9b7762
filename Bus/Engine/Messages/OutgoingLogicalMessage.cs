namespace NServiceBus.Pipeline;

/// <summary>A message on its way out, not yet written as bytes.</summary>
public class OutgoingLogicalMessage
{
    /// <summary>Pairs a message with the type it is sent as.</summary>
    public OutgoingLogicalMessage(Type messageType, object message) => (MessageType, Instance) = (messageType, message);

    /// <summary>The message.</summary>
    public object Instance { get; }

    /// <summary>The type it is sent as.</summary>
    public Type MessageType { get; }
}
