using System.Diagnostics.CodeAnalysis;
using System.Threading.RateLimiting;

namespace Dovetail.Gateway.Limits;

/// <summary>Fills drop by drop, so that it can say exactly how much is left and when there will be more; its clock is the one given.</summary>
sealed class TokenBucket(TokenLimit limit, TimeProvider time) : RateLimiter
{
    public static readonly MetadataName<BucketLevel> Level = new("LEVEL");

    readonly Lock _lock = new();
    double _tokens = limit.Burst;
    long _filledAt = time.GetTimestamp();

    /// <summary>Null while it is not full: thrown away now, it would come back full.</summary>
    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (_lock)
            {
                var full = TimeSpan.FromSeconds((limit.Burst - _tokens) / limit.PerSecond);
                var idle = time.GetElapsedTime(_filledAt) - full;
                return idle > TimeSpan.Zero ? idle : null;
            }
        }
    }

    public override RateLimiterStatistics? GetStatistics() => null;

    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(limit.Burst, _tokens + time.GetElapsedTime(_filledAt, now).TotalSeconds * limit.PerSecond);
            _filledAt = now;

            var acquired = _tokens >= permitCount;
            if (acquired)
                _tokens -= permitCount;

            var left = (int)_tokens;
            return new Lease(acquired, new BucketLevel(left, TimeSpan.FromSeconds((left + 1 - _tokens) / limit.PerSecond)));
        }
    }

    /// <summary>Nobody waits in line: a refused request is told at once when to come back.</summary>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) => new(AttemptAcquireCore(permitCount));

    sealed class Lease(bool acquired, BucketLevel level) : RateLimitLease
    {
        public override bool IsAcquired => acquired;

        public override IEnumerable<string> MetadataNames => [Level.Name];

        public override bool TryGetMetadata(string metadataName, [NotNullWhen(true)] out object? metadata)
        {
            metadata = metadataName == Level.Name ? level : null;
            return metadata is not null;
        }
    }
}

/// <param name="More">How long until there is one more.</param>
sealed record BucketLevel(int Left, TimeSpan More);
