using NServiceBus.Routing;

namespace NServiceBus.Pipeline;

/// <summary>A message on its way out.</summary>
public interface IOutgoingContext : IPipelineContext, IBehaviorContext
{
    /// <summary>Its headers as far as they are set.</summary>
    Dictionary<string, string> Headers { get; }

    /// <summary>The id that its receiver will know it by.</summary>
    string MessageId { get; }
}

/// <summary>First stage of a message that is sent.</summary>
public interface IOutgoingSendContext : IOutgoingContext
{
    /// <summary>The message.</summary>
    OutgoingLogicalMessage Message { get; }
}

/// <summary>First stage of an event that is published.</summary>
public interface IOutgoingPublishContext : IOutgoingContext
{
    /// <summary>The event.</summary>
    OutgoingLogicalMessage Message { get; }
}

/// <summary>First stage of a reply.</summary>
public interface IOutgoingReplyContext : IOutgoingContext
{
    /// <summary>The reply.</summary>
    OutgoingLogicalMessage Message { get; }
}

/// <summary>Second stage: it is known where the message goes, and it is not yet written as bytes.</summary>
public interface IOutgoingLogicalMessageContext : IOutgoingContext
{
    /// <summary>The message.</summary>
    OutgoingLogicalMessage Message { get; }

    /// <summary>Where it goes.</summary>
    IReadOnlyCollection<RoutingStrategy> RoutingStrategies { get; }

    /// <summary>Sends this instead; another type of message is sent as that type, to the same receiver.</summary>
    void UpdateMessage(object newInstance);
}

/// <summary>Third stage: the message is written as bytes.</summary>
public interface IOutgoingPhysicalMessageContext : IOutgoingContext
{
    /// <summary>What will be sent.</summary>
    ReadOnlyMemory<byte> Body { get; }

    /// <summary>Where it goes.</summary>
    IReadOnlyCollection<RoutingStrategy> RoutingStrategies { get; }

    /// <summary>Sends this instead.</summary>
    void UpdateMessage(ReadOnlyMemory<byte> body);
}
