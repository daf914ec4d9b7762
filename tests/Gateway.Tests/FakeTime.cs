namespace Dovetail.Gateway.Tests;

/// <summary>A clock that is moved by hand, and its timers with it. It begins at the machine's time, because cookies and tokens meet code that reads that one.</summary>
sealed class FakeTime : TimeProvider
{
    readonly DateTimeOffset _start = System.GetUtcNow();
    readonly List<ManualTimer> _timers = [];
    readonly Lock _lock = new();
    long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start.AddTicks(GetTimestamp());

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        lock (_lock)
            _timers.Add(timer);
        return timer;
    }

    public void Advance(TimeSpan time)
    {
        Interlocked.Add(ref _ticks, time.Ticks);
        ManualTimer[] timers;
        lock (_lock)
            timers = [.. _timers];
        foreach (var timer in timers)
            timer.FireIfDue();
    }

    void Forget(ManualTimer timer)
    {
        lock (_lock)
            _timers.Remove(timer);
    }

    sealed class ManualTimer(FakeTime time, TimerCallback callback, object? state) : ITimer
    {
        readonly Lock _lock = new();
        long _due = long.MaxValue;
        TimeSpan _period = Timeout.InfiniteTimeSpan;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                _due = dueTime == Timeout.InfiniteTimeSpan ? long.MaxValue : time.GetTimestamp() + dueTime.Ticks;
                _period = period;
            }

            return true;
        }

        public void FireIfDue()
        {
            lock (_lock)
            {
                var now = time.GetTimestamp();
                if (now < _due)
                    return;
                _due = _period > TimeSpan.Zero ? now + _period.Ticks : long.MaxValue;
            }

            callback(state);
        }

        public void Dispose()
        {
            Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            time.Forget(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
