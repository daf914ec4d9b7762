namespace Dovetail.Bus.Watching;

/// <summary>What a receiver's loop is about.</summary>
enum Phase
{
    /// <summary>It waits until a handler is free: for as long as handlers take.</summary>
    WaitsForHandler,

    /// <summary>It waits for messages.</summary>
    Takes,

    /// <summary>It could not reach its queue, and waits before it tries again.</summary>
    Rests,
}

/// <summary>A sign of life of a receiver's loop.</summary>
/// <param name="At">When the phase began.</param>
/// <param name="FailingSince">When it first could not reach its queue, if it could not since.</param>
sealed record Sign(Phase Phase, DateTimeOffset At, DateTimeOffset? FailingSince, string? Problem)
{
    // Several looks may be late when the machine is busy; that is no reason to begin anew.
    const int LateLooks = 5;
    static readonly TimeSpan ConnectsWithin = TimeSpan.FromSeconds(5);
    static readonly TimeSpan LooksAgainWithin = TimeSpan.FromSeconds(1);

    /// <summary>Whether a loop hangs that should have come round by now.</summary>
    /// <param name="lookedAt">When it last looked into its queue.</param>
    /// <param name="looksEvery">How often it looks; null if it waits to be called, for as long as it takes.</param>
    public bool IsStuck(DateTimeOffset? lookedAt, TimeSpan? looksEvery, TimeSpan silence, DateTimeOffset now)
    {
        if (Phase != Phase.Takes || looksEvery is not { } every) return false;
        var last = lookedAt > At ? lookedAt.Value : At;
        return now - last > (every * LateLooks > silence ? every * LateLooks : silence);
    }

    /// <summary>Whether it has waited for messages without another failure for a while, and so must have reached its queue again.</summary>
    public bool HasRecovered(DateTimeOffset? lookedAt, TimeSpan? looksEvery, DateTimeOffset now) =>
        Phase == Phase.Takes && (looksEvery is null ? now > At + ConnectsWithin : lookedAt > At + LooksAgainWithin);
}

/// <summary>A receiver could not reach its queue for so long that a new one shall try.</summary>
sealed class ReceiverGaveUpException(string queue, TimeSpan after, Exception last)
    : InvalidOperationException($"Queue '{queue}' could not be reached for {after}: {last.Message}", last);
