namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>A clock that stands until it is moved by hand, and whose timers never fire: for whoever looks at it, a process that was frozen and thawed.</summary>
sealed class StoppedTime : TimeProvider
{
    readonly DateTimeOffset _began = System.GetUtcNow();
    long _ticks = 1;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _began.AddTicks(Interlocked.Read(ref _ticks));

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Silent();

    public void Pass(TimeSpan duration) => Interlocked.Add(ref _ticks, duration.Ticks);

    sealed class Silent : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
