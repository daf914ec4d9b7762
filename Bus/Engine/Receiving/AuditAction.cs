using NServiceBus.Performance.TimeToBeReceived;
using NServiceBus.Pipeline;
using NServiceBus.Routing;
using NServiceBus.Transport;

namespace NServiceBus.Audit;

/// <summary>What becomes of the copy of a message that was handled.</summary>
public abstract class AuditAction
{
    /// <summary>What is sent: nothing, if the message is not to be audited.</summary>
    public abstract IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IAuditActionContext context);
}

/// <summary>The copy goes to the audit queue.</summary>
public class RouteToAudit : AuditAction
{
    /// <summary>For actions that do more.</summary>
    protected internal RouteToAudit()
    {
    }

    /// <inheritdoc />
    public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IAuditActionContext context)
    {
        var headers = new Dictionary<string, string>(context.Message.Headers, StringComparer.Ordinal);
        foreach (var (key, value) in context.AuditMetadata) headers[key] = value;
        var copy = context.CreateRoutingContext(new OutgoingMessage(context.Message.MessageId, headers, context.Message.Body), new UnicastRoutingStrategy(context.AuditAddress));
        if (context.TimeToBeReceived is { } worth) copy.Extensions.Get<DispatchProperties>().DiscardIfNotReceivedBefore = new DiscardIfNotReceivedBefore(worth);
        return [copy];
    }
}
