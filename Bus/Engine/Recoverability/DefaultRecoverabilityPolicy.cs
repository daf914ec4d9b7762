using Dovetail.Bus.Messages;
using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>Retry now, retry later, or park.</summary>
public static class DefaultRecoverabilityPolicy
{
    // A message that keeps coming back through operators' hands starts no further rounds after a day.
    static readonly TimeSpan RoundsEndAfter = TimeSpan.FromHours(24);

    /// <summary>Decides by the failure, how often it happened, and what was configured.</summary>
    public static RecoverabilityAction Invoke(RecoverabilityConfig config, ErrorContext errorContext)
    {
        if (config.Failed.UnrecoverableExceptionTypes.Any(type => type.IsInstanceOfType(errorContext.Exception))) return RecoverabilityAction.MoveToError(config.Failed.ErrorQueue);
        if (errorContext.ImmediateProcessingFailures <= config.Immediate.MaxNumberOfRetries) return RecoverabilityAction.ImmediateRetry();

        var rounds = errorContext.DelayedDeliveriesPerformed;
        return rounds < config.Delayed.MaxNumberOfRetries && !TookTooLong(errorContext)
            ? RecoverabilityAction.DelayedRetry(config.Delayed.TimeIncrease * (rounds + 1))
            : RecoverabilityAction.MoveToError(config.Failed.ErrorQueue);
    }

    static bool TookTooLong(ErrorContext failure) =>
        WireTime.TryRead(failure.Headers.GetValueOrDefault(Headers.DelayedRetriesTimestamp), out var since) && failure.Now - since > RoundsEndAfter;
}
