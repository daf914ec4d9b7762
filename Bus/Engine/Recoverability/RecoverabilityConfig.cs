namespace NServiceBus;

/// <summary>What was configured for failing messages, as policies see it.</summary>
public class RecoverabilityConfig
{
    /// <summary>Puts the three parts together; for tests of policies.</summary>
    public RecoverabilityConfig(ImmediateConfig immediateConfig, DelayedConfig delayedConfig, FailedConfig failedConfig) =>
        (Immediate, Delayed, Failed) = (immediateConfig, delayedConfig, failedConfig);

    /// <summary>Retries after a while.</summary>
    public DelayedConfig Delayed { get; }

    /// <summary>What becomes of messages that failed for good.</summary>
    public FailedConfig Failed { get; }

    /// <summary>Retries at once.</summary>
    public ImmediateConfig Immediate { get; }
}

/// <summary>Retries at once.</summary>
public class ImmediateConfig
{
    /// <summary>So many follow the first attempt, in every round.</summary>
    public ImmediateConfig(int maxNumberOfRetries) => MaxNumberOfRetries = maxNumberOfRetries;

    /// <summary>How many follow the first attempt, in every round.</summary>
    public int MaxNumberOfRetries { get; }
}

/// <summary>Retries after a while.</summary>
public class DelayedConfig
{
    /// <summary>So many rounds follow the first, each waiting longer by the increase.</summary>
    public DelayedConfig(int maxNumberOfRetries, TimeSpan timeIncrease) => (MaxNumberOfRetries, TimeIncrease) = (maxNumberOfRetries, timeIncrease);

    /// <summary>How many rounds follow the first.</summary>
    public int MaxNumberOfRetries { get; }

    /// <summary>By how much each round waits longer than the one before.</summary>
    public TimeSpan TimeIncrease { get; }
}

/// <summary>What becomes of messages that failed for good.</summary>
public class FailedConfig
{
    /// <summary>Names the queue and the failures that retrying can't help.</summary>
    public FailedConfig(string errorQueue, HashSet<Type> unrecoverableExceptionTypes) => (ErrorQueue, UnrecoverableExceptionTypes) = (errorQueue, unrecoverableExceptionTypes);

    /// <summary>Where they are parked.</summary>
    public string ErrorQueue { get; }

    /// <summary>Failures of these types, and of types derived from them, are parked without retries.</summary>
    public HashSet<Type> UnrecoverableExceptionTypes { get; }
}
