using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Oms;

/// <summary>Lets as many requests a second through to RetailCRM as the account allows; the others wait their turn.</summary>
sealed class RetailCrmPace(IOptions<RetailCrmOptions> options) : IDisposable
{
    const int Segments = 10;
    static readonly TimeSpan Segment = TimeSpan.FromSeconds(1.0 / Segments);

    // A request counts from the beginning of its segment: one segment more makes the limit hold in any second, wherever it begins.
    readonly SlidingWindowRateLimiter _limiter = new(new()
    {
        PermitLimit = options.Value.RequestsPerSecond,
        SegmentsPerWindow = Segments + 1,
        Window = Segment * (Segments + 1),
        QueueLimit = int.MaxValue,
    });

    public async Task Turn(CancellationToken cancellation)
    {
        using var permit = await _limiter.AcquireAsync(cancellationToken: cancellation);
    }

    public void Dispose() => _limiter.Dispose();
}
