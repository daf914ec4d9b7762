using NServiceBus;
using NServiceBus.Faults;
using NServiceBus.Transport;

namespace Dovetail.Bus.Configuration;

/// <summary>What happens to a failing message, as it was configured.</summary>
sealed class RetryPolicySettings
{
    public int Immediate { get; set; } = 5;

    public int Delayed { get; set; } = 3;

    public TimeSpan TimeIncrease { get; set; } = TimeSpan.FromSeconds(10);

    public HashSet<Type> Unrecoverable { get; } = [typeof(MessageDeserializationException)];

    public Func<RecoverabilityConfig, ErrorContext, RecoverabilityAction> Policy { get; set; } = DefaultRecoverabilityPolicy.Invoke;

    public Action<Dictionary<string, string>>? CustomizeFailureHeaders { get; set; }

    public Func<ImmediateRetryMessage, CancellationToken, Task>? OnImmediateRetry { get; set; }

    public Func<DelayedRetryMessage, CancellationToken, Task>? OnDelayedRetry { get; set; }

    public Func<FailedMessage, CancellationToken, Task>? OnParked { get; set; }

    /// <summary>After so many failures in a row the endpoint slows down; null for never.</summary>
    public (int Failures, RateLimitSettings Settings)? RateLimit { get; set; }

    public RecoverabilityConfig ToConfig(string errorQueue) => new(new ImmediateConfig(Immediate), new DelayedConfig(Delayed, TimeIncrease), new FailedConfig(errorQueue, Unrecoverable));
}
