using System.Globalization;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Recoverability;
using NServiceBus.DelayedDelivery;
using NServiceBus.Pipeline;
using NServiceBus.Recoverability;
using NServiceBus.Routing;
using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>What becomes of a message whose handling failed.</summary>
public abstract class RecoverabilityAction
{
    /// <summary>Whether the message is dealt with, or must be handled again at once.</summary>
    public abstract ErrorHandleResult ErrorHandleResult { get; }

    /// <summary>What is sent instead of the message; nothing, unless it leaves its queue for another place or time.</summary>
    public abstract IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IRecoverabilityActionContext context);

    /// <summary>Handle it again after a while.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    public static DelayedRetry DelayedRetry(TimeSpan timeSpan)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeSpan, TimeSpan.Zero);
        return new DelayedRetry(timeSpan);
    }

    /// <summary>Drop it; the reason stands in the log.</summary>
    public static Discard Discard(string reason) => new(reason);

    /// <summary>Handle it again at once.</summary>
    public static ImmediateRetry ImmediateRetry() => new();

    /// <summary>Park it in a queue, with its story.</summary>
    public static MoveToError MoveToError(string errorQueue)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(errorQueue);
        return new MoveToError(errorQueue);
    }
}

/// <summary>The message is handled again at once.</summary>
public class ImmediateRetry : RecoverabilityAction
{
    /// <summary>For actions that do more.</summary>
    protected internal ImmediateRetry()
    {
    }

    /// <inheritdoc />
    public override ErrorHandleResult ErrorHandleResult => ErrorHandleResult.RetryRequired;

    /// <inheritdoc />
    public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IRecoverabilityActionContext context) => [];
}

/// <summary>The message is handled again after a while.</summary>
public class DelayedRetry : RecoverabilityAction
{
    /// <summary>For actions that do more.</summary>
    protected internal DelayedRetry(TimeSpan delay) => Delay = delay;

    /// <summary>How long after the failure.</summary>
    public TimeSpan Delay { get; }

    /// <inheritdoc />
    public override ErrorHandleResult ErrorHandleResult => ErrorHandleResult.Handled;

    /// <summary>The same message for the same queue, with the round counted.</summary>
    public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IRecoverabilityActionContext context)
    {
        var headers = new Dictionary<string, string>(context.Headers, StringComparer.Ordinal)
        {
            [Headers.DelayedRetries] = (context.DelayedDeliveriesPerformed + 1).ToString(CultureInfo.InvariantCulture),
            [Headers.DelayedRetriesTimestamp] = WireTime.Write(RecoverabilityContext.Now(context)),
        };
        if (headers.ContainsKey(Headers.DiagnosticsTraceParent)) headers[Headers.StartNewTrace] = bool.TrueString;
        var copy = context.CreateRoutingContext(new OutgoingMessage(context.MessageId, headers, context.Body), new UnicastRoutingStrategy(context.ReceiveAddress));
        copy.Extensions.Get<DispatchProperties>().DelayDeliveryWith = new DelayDeliveryWith(Delay);
        return [copy];
    }
}

/// <summary>The message is parked in a queue, with its story.</summary>
public class MoveToError : RecoverabilityAction
{
    /// <summary>For actions that do more.</summary>
    protected internal MoveToError(string errorQueue) => ErrorQueue = errorQueue;

    /// <summary>Where it is parked.</summary>
    public string ErrorQueue { get; }

    /// <inheritdoc />
    public override ErrorHandleResult ErrorHandleResult => ErrorHandleResult.Handled;

    /// <summary>The same message for that queue, with its story.</summary>
    public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IRecoverabilityActionContext context)
    {
        var headers = new Dictionary<string, string>(context.Headers, StringComparer.Ordinal);
        headers.Remove(Headers.DelayedRetries);
        headers.Remove(Headers.ImmediateRetries);
        foreach (var (key, value) in context.Metadata) headers[key] = value;
        var copy = new OutgoingMessage(context.MessageId, headers, context.Body);
        return [context.CreateRoutingContext(copy, new UnicastRoutingStrategy(RecoverabilityContext.Address(context, ErrorQueue)))];
    }
}

/// <summary>The message is dropped.</summary>
public class Discard : RecoverabilityAction
{
    /// <summary>Says why.</summary>
    public Discard(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        Reason = reason;
    }

    /// <summary>Stands in the log.</summary>
    public string Reason { get; }

    /// <inheritdoc />
    public override ErrorHandleResult ErrorHandleResult => ErrorHandleResult.Handled;

    /// <inheritdoc />
    public override IReadOnlyCollection<IRoutingContext> GetRoutingContexts(IRecoverabilityActionContext context) => [];
}
