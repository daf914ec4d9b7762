namespace NServiceBus.Routing;

/// <summary>Where a message goes, decided when it leaves.</summary>
public abstract class RoutingStrategy
{
    /// <summary>The address; the headers may be changed for this receiver alone.</summary>
    public abstract AddressTag Apply(Dictionary<string, string> headers);
}

/// <summary>To one queue.</summary>
public class UnicastRoutingStrategy : RoutingStrategy
{
    readonly UnicastAddressTag _address;

    /// <summary>Names the queue.</summary>
    public UnicastRoutingStrategy(string destination) => _address = new UnicastAddressTag(destination);

    /// <inheritdoc />
    public override AddressTag Apply(Dictionary<string, string> headers) => _address;
}

/// <summary>To whoever subscribed.</summary>
public class MulticastRoutingStrategy : RoutingStrategy
{
    readonly MulticastAddressTag _address;

    /// <summary>Names the event.</summary>
    public MulticastRoutingStrategy(Type messageType) => _address = new MulticastAddressTag(messageType);

    /// <inheritdoc />
    public override AddressTag Apply(Dictionary<string, string> headers) => _address;
}

/// <summary>The address of a message.</summary>
public abstract class AddressTag;

/// <summary>One queue.</summary>
public class UnicastAddressTag : AddressTag
{
    /// <summary>Names the queue.</summary>
    public UnicastAddressTag(string destination)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(destination);
        Destination = destination;
    }

    /// <summary>The queue.</summary>
    public string Destination { get; }
}

/// <summary>Whoever subscribed to a type, to a base class or to an interface of it.</summary>
public class MulticastAddressTag : AddressTag
{
    /// <summary>Names the event.</summary>
    public MulticastAddressTag(Type messageType)
    {
        ArgumentNullException.ThrowIfNull(messageType);
        MessageType = messageType;
    }

    /// <summary>The event.</summary>
    public Type MessageType { get; }
}
