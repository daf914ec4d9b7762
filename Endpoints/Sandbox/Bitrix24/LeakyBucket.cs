namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>What the portal takes, and for how long. Section <c>Sandbox:Bitrix24</c>. A real portal: 2 requests a second, 50 at once.</summary>
public sealed record Bitrix24Limits
{
    public const string Section = SandboxOptions.Section + ":Bitrix24";

    /// <summary>How many requests leak out of the bucket in a second.</summary>
    public double PerSecond { get; init; } = 1000;

    /// <summary>How many requests fit in.</summary>
    public int Capacity { get; init; } = 5000;

    /// <summary>How long an application may call with one token.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>Every request is a drop; what does not fit in is refused.</summary>
sealed class LeakyBucket(Bitrix24Limits limits, TimeProvider time)
{
    readonly Lock _gate = new();
    double _level;
    long _looked = time.GetTimestamp();

    public bool Takes()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _level = Math.Max(0, _level - time.GetElapsedTime(_looked, now).TotalSeconds * limits.PerSecond);
            _looked = now;
            if (_level + 1 > limits.Capacity)
                return false;

            _level++;
            return true;
        }
    }
}
