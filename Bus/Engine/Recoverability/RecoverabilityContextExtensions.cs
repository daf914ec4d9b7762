using Dovetail.Bus.Pipeline;
using NServiceBus.Pipeline;
using NServiceBus.Routing;
using NServiceBus.Transport;

namespace NServiceBus.Recoverability;

/// <summary>For actions of one's own.</summary>
public static class RecoverabilityContextExtensions
{
    /// <summary>Sends this copy to that place.</summary>
    public static IRoutingContext CreateRoutingContext(this IRecoverabilityActionContext context, OutgoingMessage outgoingMessage, RoutingStrategy routingStrategy) =>
        new RoutingContext(outgoingMessage, [routingStrategy], [], context.Extensions, context.Builder, context.CancellationToken);
}
