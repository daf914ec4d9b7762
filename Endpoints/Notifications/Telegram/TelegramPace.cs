using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>Lets as many messages a second through to Telegram as it bears; the others wait their turn.</summary>
sealed class TelegramPace(IOptions<TelegramOptions> options, TimeProvider time) : IDisposable
{
    readonly SemaphoreSlim _gate = new(1);
    long? _latest;

    public async Task Turn(CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            var gap = TimeSpan.FromSeconds(1) / options.Value.PerSecond;
            while (_latest is { } latest && gap - time.GetElapsedTime(latest) is var pause && pause > TimeSpan.Zero)
                await Task.Delay(pause, time, cancellation);
            _latest = time.GetTimestamp();
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
