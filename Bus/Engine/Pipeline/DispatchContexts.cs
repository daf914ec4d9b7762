using NServiceBus.Routing;
using NServiceBus.Transport;

namespace NServiceBus.Pipeline;

/// <summary>Fourth stage of what is sent, and the only one of forwarded, audited, retried and failed messages: headers that the bus owns are complete after it.</summary>
public interface IRoutingContext : IBehaviorContext
{
    /// <summary>The message.</summary>
    OutgoingMessage Message { get; }

    /// <summary>Where it goes: a copy to each.</summary>
    IReadOnlyCollection<RoutingStrategy> RoutingStrategies { get; set; }
}

/// <summary>All that the handling of one message sends, together.</summary>
public interface IBatchDispatchContext : IBehaviorContext
{
    /// <summary>What leaves if the commit succeeds.</summary>
    IReadOnlyCollection<TransportOperation> Operations { get; }
}

/// <summary>Last stage of whatever leaves.</summary>
public interface IDispatchContext : IBehaviorContext
{
    /// <summary>What leaves together.</summary>
    IEnumerable<TransportOperation> Operations { get; }
}

/// <summary>The endpoint subscribes to events.</summary>
public interface ISubscribeContext : IBehaviorContext
{
    /// <summary>The events.</summary>
    Type[] EventTypes { get; }
}

/// <summary>The endpoint takes a subscription back.</summary>
public interface IUnsubscribeContext : IBehaviorContext
{
    /// <summary>The event.</summary>
    Type EventType { get; }
}
