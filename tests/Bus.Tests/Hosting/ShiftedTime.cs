namespace Dovetail.Bus.Tests.Hosting;

/// <summary>The clock of the machine, moved forward by hand: hours pass where a test needs them, timers run as ever.</summary>
sealed class ShiftedTime : TimeProvider
{
    long _ticks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _ticks));

    public void Pass(TimeSpan duration) => Interlocked.Add(ref _ticks, duration.Ticks);
}
