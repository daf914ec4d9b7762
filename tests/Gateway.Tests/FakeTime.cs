namespace Dovetail.Gateway.Tests;

/// <summary>A clock that is moved by hand. It begins at the machine's time, because cookies and tokens meet code that reads that one.</summary>
sealed class FakeTime : TimeProvider
{
    readonly DateTimeOffset _start = System.GetUtcNow();
    long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start.AddTicks(Interlocked.Read(ref _ticks));

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);
}
