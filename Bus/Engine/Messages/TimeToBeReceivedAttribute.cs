namespace NServiceBus;

/// <summary>A message of this type is worthless after a while: what has not been received by then is dropped and counted.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Interface)]
public sealed class TimeToBeReceivedAttribute : Attribute
{
    /// <summary>Takes the time as text, as attributes can hold no TimeSpan.</summary>
    /// <exception cref="ArgumentException">The text is no time span.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time is zero or negative.</exception>
    public TimeToBeReceivedAttribute(string timeSpan)
    {
        if (!TimeSpan.TryParse(timeSpan, System.Globalization.CultureInfo.InvariantCulture, out var parsed))
            throw new ArgumentException($"'{timeSpan}' is no time span; write it as '00:01:30'.", nameof(timeSpan));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(parsed, TimeSpan.Zero, nameof(timeSpan));
        TimeToBeReceived = parsed;
    }

    /// <summary>Counted from the moment the message is sent.</summary>
    public TimeSpan TimeToBeReceived { get; }
}
