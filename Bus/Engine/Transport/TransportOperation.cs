using Dovetail.Bus.Transport;
using NServiceBus.Routing;

namespace NServiceBus.Transport;

/// <summary>A message on its way out, written as bytes.</summary>
public class OutgoingMessage
{
    /// <summary>Takes over the headers.</summary>
    public OutgoingMessage(string messageId, Dictionary<string, string> headers, ReadOnlyMemory<byte> body) => (MessageId, Headers, Body) = (messageId, headers, body);

    /// <summary>What will be sent.</summary>
    public ReadOnlyMemory<byte> Body { get; private set; }

    /// <summary>Its headers.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>The id that its receiver will know it by.</summary>
    public string MessageId { get; }

    /// <summary>Sends this instead.</summary>
    public void UpdateBody(ReadOnlyMemory<byte> updatedBody) => Body = updatedBody;
}

/// <summary>A message with its address and everything else that the transport must know.</summary>
public class TransportOperation
{
    /// <summary>Addresses a message.</summary>
    public TransportOperation(OutgoingMessage message, AddressTag addressTag, DispatchProperties? properties = null, DispatchConsistency requiredDispatchConsistency = DispatchConsistency.Default) =>
        (Message, AddressTag, Properties, RequiredDispatchConsistency) = (message, addressTag, properties ?? [], requiredDispatchConsistency);

    /// <summary>Where it goes.</summary>
    public AddressTag AddressTag { get; }

    /// <summary>The message.</summary>
    public OutgoingMessage Message { get; }

    /// <summary>Delay, expiry, and whatever the sender adds for a transport that understands it.</summary>
    public DispatchProperties Properties { get; }

    /// <summary>Whether it leaves with the outcome of the message being handled, or at once.</summary>
    public DispatchConsistency RequiredDispatchConsistency { get; set; }

    /// <summary>What it was made from, if the engine made it.</summary>
    internal OutgoingOperation? Source { get; init; }
}

/// <summary>When a message leaves.</summary>
public enum DispatchConsistency
{
    /// <summary>With the outcome of the message being handled.</summary>
    Default = 1,

    /// <summary>At once, whatever becomes of the message being handled.</summary>
    Isolated = 2,
}
