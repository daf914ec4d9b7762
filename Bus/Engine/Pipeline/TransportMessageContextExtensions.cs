using System.Diagnostics.CodeAnalysis;
using NServiceBus.Transport;

namespace NServiceBus.Pipeline;

/// <summary>The message that is being handled, for behaviors of messages on their way out.</summary>
public static class TransportMessageContextExtensions
{
    /// <summary>The message that is being handled, if one is.</summary>
    public static bool TryGetIncomingPhysicalMessage(this IOutgoingLogicalMessageContext context, [NotNullWhen(true)] out IncomingMessage? message) => context.Extensions.TryGet(out message);

    /// <summary>The message that is being handled, if one is.</summary>
    public static bool TryGetIncomingPhysicalMessage(this IOutgoingPhysicalMessageContext context, [NotNullWhen(true)] out IncomingMessage? message) => context.Extensions.TryGet(out message);

    /// <summary>The message that is being handled, if one is.</summary>
    public static bool TryGetIncomingPhysicalMessage(this IOutgoingReplyContext context, [NotNullWhen(true)] out IncomingMessage? message) => context.Extensions.TryGet(out message);
}
