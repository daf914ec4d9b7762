using Dovetail.Bus.Sending;
using NServiceBus.Extensibility;
using NServiceBus.Pipeline;

namespace NServiceBus;

/// <summary>Delivery at a later time.</summary>
public static class DelayedDeliveryOptionExtensions
{
    /// <summary>Delivers the message after a while.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The delay is negative.</exception>
    /// <exception cref="InvalidOperationException">A date was set already.</exception>
    public static void DelayDeliveryWith(this SendOptions options, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        if (options.DeliverAt is not null)
            throw new InvalidOperationException("These options already hold a delivery date. Set either a delay or a date.");
        options.Delay = delay;
    }

    /// <summary>Delivers the message at a point in time or soon after, never before.</summary>
    /// <exception cref="InvalidOperationException">A delay was set already.</exception>
    public static void DoNotDeliverBefore(this SendOptions options, DateTimeOffset at)
    {
        if (options.Delay is not null)
            throw new InvalidOperationException("These options already hold a delay. Set either a delay or a date.");
        options.DeliverAt = at;
    }

    /// <summary>The date set, if one was.</summary>
    public static DateTimeOffset? GetDeliveryDate(this SendOptions options) => options.DeliverAt;

    /// <summary>The delay set, if one was.</summary>
    public static TimeSpan? GetDeliveryDelay(this SendOptions options) => options.Delay;
}

/// <summary>Headers of one message.</summary>
public static class HeaderOptionExtensions
{
    /// <summary>The headers set so far.</summary>
    public static IReadOnlyDictionary<string, string> GetHeaders(this ExtendableOptions options) => options.Headers;

    /// <summary>Sets a header; headers that the bus owns are overwritten when the message leaves.</summary>
    public static void SetHeader(this ExtendableOptions options, string key, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        options.Headers[key] = value;
    }
}

/// <summary>Leaving at once instead of with the outcome of the message being handled.</summary>
public static class ImmediateDispatchOptionExtensions
{
    /// <summary>True once <see cref="RequireImmediateDispatch"/> was called.</summary>
    public static bool IsImmediateDispatchSet(this ExtendableOptions options) => options.DispatchImmediately;

    /// <summary>The message leaves at once, and stays sent even if the handler fails afterwards.</summary>
    public static void RequireImmediateDispatch(this ExtendableOptions options) => options.DispatchImmediately = true;
}

/// <summary>A message id of one's own.</summary>
public static class MessageIdExtensions
{
    /// <summary>Sets the id; two messages of one id are one message to whoever deduplicates.</summary>
    public static void SetMessageId(this ExtendableOptions options, string messageId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(messageId);
        options.MessageId = messageId;
    }

    /// <summary>The id set, if one was.</summary>
    public static string? GetMessageId(this ExtendableOptions options) => options.MessageId;
}

/// <summary>Leaving the conversation of the message being handled.</summary>
public static class ConversationRoutingExtensions
{
    /// <summary>Begins a new conversation; the old one's id travels as <see cref="Headers.PreviousConversationId"/>.</summary>
    public static void StartNewConversation(this SendOptions sendOptions, string? conversationId = null)
    {
        sendOptions.StartsNewConversation = true;
        sendOptions.NewConversation = conversationId;
    }
}

/// <summary>Which trace the receiver continues.</summary>
public static class OpenTelemetryExtensions
{
    /// <summary>Subscribers continue the publisher's trace instead of beginning their own.</summary>
    public static void ContinueExistingTraceOnReceive(this PublishOptions publishOptions) => publishOptions.StartsNewTrace = false;

    /// <summary>The receiver begins a trace of its own, linked to the sender's.</summary>
    public static void StartNewTraceOnReceive(this SendOptions sendOptions) => sendOptions.StartsNewTrace = true;
}

/// <summary>Sending what is better not sent.</summary>
public static class BestPracticesOptionExtensions
{
    /// <summary>Lets this operation send an event or publish a command.</summary>
    public static void DoNotEnforceBestPractices(this ExtendableOptions options) => options.IgnoresBestPractices = true;

    /// <summary>Lets this operation publish a command.</summary>
    public static void DoNotEnforceBestPractices(this IOutgoingPublishContext context) => context.Extensions.Set(new BestPracticesIgnored());

    /// <summary>Lets this operation reply with a command or an event.</summary>
    public static void DoNotEnforceBestPractices(this IOutgoingReplyContext context) => context.Extensions.Set(new BestPracticesIgnored());

    /// <summary>Lets this operation send an event.</summary>
    public static void DoNotEnforceBestPractices(this IOutgoingSendContext context) => context.Extensions.Set(new BestPracticesIgnored());

    /// <summary>Lets this operation subscribe to a command.</summary>
    public static void DoNotEnforceBestPractices(this ISubscribeContext context) => context.Extensions.Set(new BestPracticesIgnored());

    /// <summary>Lets this operation take back the subscription to a command.</summary>
    public static void DoNotEnforceBestPractices(this IUnsubscribeContext context) => context.Extensions.Set(new BestPracticesIgnored());

    /// <summary>True once <see cref="DoNotEnforceBestPractices(ExtendableOptions)"/> was called.</summary>
    public static bool IgnoredBestPractices(this ExtendableOptions options) => options.IgnoresBestPractices;
}
