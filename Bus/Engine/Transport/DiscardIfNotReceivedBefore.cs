namespace NServiceBus.Performance.TimeToBeReceived;

/// <summary>A message that is worthless after a while.</summary>
public class DiscardIfNotReceivedBefore
{
    /// <summary>After so long.</summary>
    public DiscardIfNotReceivedBefore(TimeSpan maxTime) => MaxTime = maxTime;

    /// <summary>After how long.</summary>
    public TimeSpan MaxTime { get; }
}
