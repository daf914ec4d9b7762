using Dovetail.Contracts.Delivery.Commands;
using Microsoft.Extensions.Caching.Memory;

namespace Dovetail.Endpoints.Delivery;

/// <summary>When this process last read a shipment at the carrier: of many hints that come together, one or two need a look.</summary>
/// <remarks>Hints are dated by the clock of the process that took them. Where that one is slow by seconds a hint may be passed over wrongly; the process asks after the shipment by itself anyway.</remarks>
sealed class LatestLooks(TimeProvider time) : IDisposable
{
    static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    readonly MemoryCache _looks = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    /// <summary>Looks, unless a look that began after the hint has already told all that the hint can hint at. Looks at one shipment never overlap.</summary>
    /// <param name="messageId">The hint's message. When it comes again, what its first look found may not have been told: it looks anew.</param>
    /// <param name="look">What it throws is thrown on, and counts as no look.</param>
    public async Task After(LookAtShipment hint, string messageId, Func<Task> look, CancellationToken cancellation)
    {
        var latest = Of((hint.OrderId, hint.ShipmentId));
        await latest.Turn.WaitAsync(cancellation);
        try
        {
            if (latest.Began > hint.HintedAt && latest.By != messageId) return;
            var began = time.GetUtcNow();
            await look();
            (latest.Began, latest.By) = (began, messageId);
        }
        finally
        {
            latest.Turn.Release();
        }
    }

    public void Dispose() => _looks.Dispose();

    Latest Of((string Order, string Shipment) which)
    {
        lock (_looks)
        {
            return _looks.GetOrCreate(which, entry =>
            {
                entry.SetSize(1).SetSlidingExpiration(Memory);
                return new Latest();
            })!;
        }
    }

    sealed class Latest
    {
        public SemaphoreSlim Turn { get; } = new(1);

        public DateTimeOffset? Began { get; set; }

        public string? By { get; set; }
    }
}
