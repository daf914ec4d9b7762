namespace NServiceBus.DelayedDelivery;

/// <summary>A message that waits for a while.</summary>
public class DelayDeliveryWith
{
    /// <summary>So long.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative.</exception>
    public DelayDeliveryWith(TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        Delay = delay;
    }

    /// <summary>How long.</summary>
    public TimeSpan Delay { get; }
}

/// <summary>A message that waits for its time.</summary>
public class DoNotDeliverBefore
{
    /// <summary>Until then.</summary>
    public DoNotDeliverBefore(DateTimeOffset at) => At = at;

    /// <summary>Until when.</summary>
    public DateTimeOffset At { get; }
}
