namespace NServiceBus;

/// <summary>What happens while message after message fails: one is handled at a time, with a pause before each failure is dealt with, until one succeeds.</summary>
public class RateLimitSettings
{
    /// <summary>The pause is one second unless given.</summary>
    public RateLimitSettings(TimeSpan? timeToWaitBetweenThrottledAttempts = default, Func<CancellationToken, Task>? onRateLimitStarted = null, Func<CancellationToken, Task>? onRateLimitEnded = null)
    {
        TimeToWaitBetweenThrottledAttempts = timeToWaitBetweenThrottledAttempts ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TimeToWaitBetweenThrottledAttempts, TimeSpan.Zero, nameof(timeToWaitBetweenThrottledAttempts));
        OnRateLimitStarted = onRateLimitStarted ?? (_ => Task.CompletedTask);
        OnRateLimitEnded = onRateLimitEnded ?? (_ => Task.CompletedTask);
    }

    /// <summary>Called when a message succeeds again.</summary>
    public Func<CancellationToken, Task> OnRateLimitEnded { get; }

    /// <summary>Called when too many failed in a row.</summary>
    public Func<CancellationToken, Task> OnRateLimitStarted { get; }

    /// <summary>The pause before each failure is dealt with.</summary>
    public TimeSpan TimeToWaitBetweenThrottledAttempts { get; }
}
