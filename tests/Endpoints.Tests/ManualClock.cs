namespace Dovetail.Endpoints.Tests;

/// <summary>A clock that stands where the test puts it; timers run by the real one.</summary>
sealed class ManualClock(DateTimeOffset now) : TimeProvider
{
    long _ticks = now.UtcTicks;

    public ManualClock() : this(new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero))
    {
    }

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
