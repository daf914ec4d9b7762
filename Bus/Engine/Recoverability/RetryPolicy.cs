using System.Globalization;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using NServiceBus;

namespace Dovetail.Bus.Recoverability;

/// <summary>What becomes of a message whose handling failed.</summary>
abstract record Verdict
{
    internal sealed record Again : Verdict;

    internal sealed record Later(TimeSpan Delay) : Verdict;

    internal sealed record Park : Verdict;
}

/// <summary>Retry now, retry later, or park.</summary>
static class RetryPolicy
{
    // A message that keeps coming back through operators' hands starts over with its rounds after a day.
    static readonly TimeSpan RoundsExpireAfter = TimeSpan.FromHours(24);

    public static Verdict Decide(RetryPolicySettings settings, Exception failure, IReadOnlyDictionary<string, string> headers, int attempt, DateTimeOffset now)
    {
        if (settings.Unrecoverable.Any(type => type.IsInstanceOfType(failure))) return new Verdict.Park();
        if (attempt <= settings.Immediate) return new Verdict.Again();
        var rounds = RoundsOf(headers);
        return rounds < settings.Delayed && !Expired(headers, now)
            ? new Verdict.Later(settings.TimeIncrease * (rounds + 1))
            : new Verdict.Park();
    }

    /// <summary>How many delayed retries there were.</summary>
    public static int RoundsOf(IReadOnlyDictionary<string, string> headers) =>
        int.TryParse(headers.GetValueOrDefault(Headers.DelayedRetries), CultureInfo.InvariantCulture, out var rounds) ? rounds : 0;

    static bool Expired(IReadOnlyDictionary<string, string> headers, DateTimeOffset now) =>
        headers.TryGetValue(Headers.DelayedRetriesTimestamp, out var since) && now - WireTime.Read(since) > RoundsExpireAfter;
}
