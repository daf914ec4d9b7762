using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Crm;

/// <summary>Keeps our requests below what the portal takes: so many at once, then so many a second. Beyond that it would refuse them.</summary>
sealed class Bitrix24Pace(IOptions<Bitrix24Options> options, TimeProvider time)
{
    readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / options.Value.PerSecond);
    readonly Lock _gate = new();
    DateTimeOffset _drained;

    /// <summary>Ends when the next request may go.</summary>
    public Task Turn(CancellationToken cancellation)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            _drained = (_drained > now ? _drained : now) + _interval;
            wait = _drained - now - _interval * options.Value.Burst;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellation) : Task.CompletedTask;
    }
}
