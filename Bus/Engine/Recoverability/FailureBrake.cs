using Dovetail.Bus.Configuration;
using Dovetail.Bus.Receiving;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Recoverability;

/// <summary>Slows a receiver down while message after message fails: one at a time, with a pause before each failure is dealt with, until one succeeds.</summary>
sealed partial class FailureBrake(RetryPolicySettings settings, TimeProvider time, ILogger logger) : IDisposable
{
    readonly Slots _oneAtATime = new(1);
    readonly Lock _gate = new();
    int _failuresInARow;
    bool _pulled;

    /// <summary>Waits for its turn while the brake is pulled.</summary>
    public async ValueTask<Turn> Take(CancellationToken cancellation)
    {
        if (settings.RateLimit is null || !Volatile.Read(ref _pulled)) return default;
        await _oneAtATime.Take(cancellation);
        return new Turn(_oneAtATime);
    }

    public Task Succeeded(CancellationToken cancellation)
    {
        if (settings.RateLimit is not { Settings: var limit }) return Task.CompletedTask;
        lock (_gate)
        {
            _failuresInARow = 0;
            if (!_pulled) return Task.CompletedTask;
            _pulled = false;
        }
        LogReleased();
        return Tell(limit.OnRateLimitEnded, cancellation);
    }

    /// <summary>To be called before the failure is dealt with.</summary>
    public async Task Failed(CancellationToken cancellation)
    {
        if (settings.RateLimit is not { Failures: var most, Settings: var limit }) return;
        bool starts, pulled;
        lock (_gate)
        {
            starts = ++_failuresInARow >= most && !_pulled;
            pulled = _pulled |= starts;
        }
        if (starts)
        {
            LogPulled(most, limit.TimeToWaitBetweenThrottledAttempts);
            await Tell(limit.OnRateLimitStarted, cancellation);
        }
        if (pulled) await Task.Delay(limit.TimeToWaitBetweenThrottledAttempts, time, cancellation);
    }

    public void Dispose() => _oneAtATime.Dispose();

    async Task Tell(Func<CancellationToken, Task> callback, CancellationToken cancellation)
    {
        try
        {
            await callback(cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            LogCallbackFailed(failure);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Failures} messages failed in a row: one is handled at a time from now on, with a pause of {Pause} after each failure, until one succeeds")]
    partial void LogPulled(int failures, TimeSpan pause);

    [LoggerMessage(LogLevel.Information, "A message succeeded again: the endpoint is back at its full rate")]
    partial void LogReleased();

    [LoggerMessage(LogLevel.Warning, "A callback of the rate limit failed")]
    partial void LogCallbackFailed(Exception failure);

    /// <summary>Leaves when disposed.</summary>
    internal readonly struct Turn(Slots? turn) : IDisposable
    {
        public void Dispose() => turn?.Release();
    }
}
