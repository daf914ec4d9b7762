namespace Dovetail.Bus.Testing;

/// <summary>Waiting for something to come, or for the time at which something falls due.</summary>
static class Arrival
{
    /// <param name="gate">Opens when something comes.</param>
    /// <param name="nextDue">When to look in any case; null for not before something comes.</param>
    public static async Task Wait(TaskCompletionSource gate, DateTimeOffset? nextDue, TimeProvider time, CancellationToken cancellation)
    {
        using var stopped = cancellation.UnsafeRegister(static (gate, token) => ((TaskCompletionSource)gate!).TrySetCanceled(token), gate);
        // Timers count in milliseconds: never look before the time.
        var wait = nextDue is { } due ? TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((due - time.GetUtcNow()).TotalMilliseconds))) : Timeout.InfiniteTimeSpan;
        await using var look = time.CreateTimer(static gate => ((TaskCompletionSource)gate!).TrySetResult(), gate, wait, Timeout.InfiniteTimeSpan);
        await gate.Task;
    }
}
