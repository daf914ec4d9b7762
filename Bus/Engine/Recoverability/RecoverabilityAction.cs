using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>What becomes of a message whose handling failed.</summary>
public abstract class RecoverabilityAction
{
    private protected RecoverabilityAction()
    {
    }

    /// <summary>Whether the message is dealt with, or must be handled again at once.</summary>
    public abstract ErrorHandleResult ErrorHandleResult { get; }

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
    internal ImmediateRetry()
    {
    }

    /// <inheritdoc />
    public override ErrorHandleResult ErrorHandleResult => ErrorHandleResult.RetryRequired;
}

/// <summary>The message is handled again after a while.</summary>
public class DelayedRetry : RecoverabilityAction
{
    internal DelayedRetry(TimeSpan delay) => Delay = delay;

    /// <summary>How long after the failure.</summary>
    public TimeSpan Delay { get; }

    /// <inheritdoc />
    public override ErrorHandleResult ErrorHandleResult => ErrorHandleResult.Handled;
}

/// <summary>The message is parked in a queue, with its story.</summary>
public class MoveToError : RecoverabilityAction
{
    internal MoveToError(string errorQueue) => ErrorQueue = errorQueue;

    /// <summary>Where it is parked.</summary>
    public string ErrorQueue { get; }

    /// <inheritdoc />
    public override ErrorHandleResult ErrorHandleResult => ErrorHandleResult.Handled;
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
}
