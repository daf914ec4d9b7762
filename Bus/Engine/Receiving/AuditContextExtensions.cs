using Dovetail.Bus.Pipeline;
using NServiceBus.Pipeline;
using NServiceBus.Routing;
using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>For actions of one's own.</summary>
public static class AuditContextExtensions
{
    /// <summary>Sends this copy to that place.</summary>
    public static IRoutingContext CreateRoutingContext(this IAuditActionContext context, OutgoingMessage auditMessage, RoutingStrategy routingStrategy) =>
        new RoutingContext(auditMessage, [routingStrategy], [], context.Extensions, context.Builder, context.CancellationToken);
}
