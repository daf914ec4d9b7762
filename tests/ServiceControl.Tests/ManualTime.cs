namespace Dovetail.ServiceControl.Tests;

/// <summary>A clock that stands until the test moves it, and its timers with it.</summary>
sealed class ManualTime : TimeProvider
{
    readonly List<Alarm> _alarms = [];
    DateTimeOffset _now = new(2026, 11, 21, 19, 28, 9, 833, 866, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow()
    {
        lock (_alarms)
            return _now;
    }

    public void Advance(TimeSpan by)
    {
        List<Alarm> due;
        lock (_alarms)
        {
            _now += by;
            due = _alarms.FindAll(alarm => alarm.Due <= _now);
        }

        due.ForEach(alarm => alarm.Ring(GetUtcNow()));
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var alarm = new Alarm(this, () => callback(state));
        alarm.Change(dueTime, period);
        lock (_alarms)
            _alarms.Add(alarm);
        return alarm;
    }

    sealed class Alarm(ManualTime time, Action ring) : ITimer
    {
        TimeSpan _period;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Due = dueTime < TimeSpan.Zero ? DateTimeOffset.MaxValue : time.GetUtcNow() + dueTime;
            return true;
        }

        public void Ring(DateTimeOffset now)
        {
            Due = _period > TimeSpan.Zero ? now + _period : DateTimeOffset.MaxValue;
            ring();
        }

        public void Dispose()
        {
            lock (time._alarms)
                time._alarms.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
