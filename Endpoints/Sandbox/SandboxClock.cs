namespace Dovetail.Endpoints.Sandbox;

/// <summary>The vendors' time: the machine's, or later where somebody put it forward. What they compute from times follows at once; no timer rings earlier.</summary>
sealed class SandboxClock(TimeProvider machine) : TimeProvider
{
    const string Ledger = "clock";

    long _ahead;

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => machine.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>It stays ahead when the stand-ins start again: their books would be from the future otherwise.</summary>
    public void Resume(SandboxLedger ledger) => Interlocked.Exchange(ref _ahead, ledger.Find<ClockReading>(Ledger, Ledger)?.Ahead.Ticks ?? 0);

    public ClockReading Advance(TimeSpan by, SandboxLedger ledger)
    {
        var ahead = TimeSpan.FromTicks(Interlocked.Add(ref _ahead, by.Ticks));
        var reading = new ClockReading(GetUtcNow(), ahead);
        if (by > TimeSpan.Zero) ledger.Save(Ledger, Ledger, reading);
        return reading;
    }
}

/// <param name="Now">The vendors' time.</param>
/// <param name="Ahead">How much later it is than that of the machine.</param>
sealed record ClockReading(DateTimeOffset Now, TimeSpan Ahead);

/// <summary>What puts the vendors' clock forward.</summary>
sealed record ClockAdvance(TimeSpan By);
