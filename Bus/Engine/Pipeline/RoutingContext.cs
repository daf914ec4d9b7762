using NServiceBus.Extensibility;
using NServiceBus.Pipeline;
using NServiceBus.Routing;
using NServiceBus.Transport;

namespace Dovetail.Bus.Pipeline;

/// <summary>What the contexts of all stages have in common. What an outer stage stored can be read in an inner one, and not the other way round.</summary>
abstract class StageContext(ContextBag? outer, IServiceProvider services, CancellationToken cancellation) : IBehaviorContext
{
    public ContextBag Extensions { get; } = new(outer);

    public IServiceProvider Builder => services;

    public CancellationToken CancellationToken => cancellation;
}

sealed class RoutingContext : StageContext, IRoutingContext
{
    public RoutingContext(OutgoingMessage message, IReadOnlyCollection<RoutingStrategy> strategies, DispatchProperties properties, ContextBag? outer, IServiceProvider services, CancellationToken cancellation)
        : base(outer, services, cancellation)
    {
        Message = message;
        RoutingStrategies = strategies;
        // Always its own: those of an operation around this one are none of its business.
        Extensions.Set(properties);
    }

    public OutgoingMessage Message { get; }

    public IReadOnlyCollection<RoutingStrategy> RoutingStrategies { get; set; }
}
