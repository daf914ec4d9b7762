using System.Globalization;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Receiving;

/// <summary>One loop that reads a queue, until it ends or is replaced.</summary>
sealed class Loop(IReceiver receiver, Pump pump)
{
    // Not WhenAny: it would go on in the thread pool, where a simulation can't follow.
    readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReceiver Receiver => receiver;

    public Pump Pump => pump;

    /// <summary>What it died of, or was given up for; null if it was told to stop.</summary>
    public Task<Exception?> Ended => _ended.Task;

    public async Task Run(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            await pump.Run(stop, abort);
            _ended.TrySetResult(null);
        }
        catch (Exception failure)
        {
            _ended.TrySetResult(failure);
        }
    }

    /// <summary>It is waited for no longer.</summary>
    public void GiveUp(TimeSpan silence) => _ended.TrySetResult(new TimeoutException($"It did not look into its queue for over {silence}."));

    public bool IsStuck(TimeSpan silence, DateTimeOffset now) => pump.Sign.IsStuck(receiver.LookedAt, receiver.LooksEvery, silence, now);

    /// <summary>Why it can't reach its queue; null if it can, as far as one knows.</summary>
    public string? Problem(DateTimeOffset now) => pump.Sign is { FailingSince: { } since } sign && !sign.HasRecovered(receiver.LookedAt, receiver.LooksEvery, now)
        ? string.Create(CultureInfo.InvariantCulture, $"its queue can't be reached since {since:u}: {sign.Problem}") : null;
}
