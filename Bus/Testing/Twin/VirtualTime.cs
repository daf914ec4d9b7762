namespace Dovetail.Bus.Testing;

/// <summary>A clock that stands still until it is moved. Timers fire on the thread that moves it, each at its own instant.</summary>
/// <param name="start">When time begins; the first day of 2026 unless given.</param>
public sealed class VirtualTime(DateTimeOffset? start = null) : TimeProvider
{
    readonly Lock _gate = new();
    readonly PriorityQueue<(Timer Timer, long Setting), (DateTimeOffset DueAt, long Setting)> _due = new();
    DateTimeOffset _now = start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    long _settings;

    /// <inheritdoc />
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer fires; null if none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_gate)
            {
                while (_due.TryPeek(out var next, out var due))
                {
                    if (next.Timer.Setting == next.Setting && !next.Timer.IsGone) return due.DueAt;
                    _due.Dequeue();
                }
                return null;
            }
        }
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    /// <inheritdoc />
    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <inheritdoc />
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => CreateTimer(callback, state, dueTime, period, owner: null);

    /// <param name="owner">With whom the timer ends, set or not.</param>
    internal ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period, Lane? owner)
    {
        var timer = new Timer(this, callback, state, owner);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on, and fires what falls due on the way.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        AdvanceTo(GetUtcNow() + by);
    }

    /// <summary>Moves on to an instant, and fires what falls due on the way.</summary>
    internal void AdvanceTo(DateTimeOffset end)
    {
        while (NextDue is { } due && due <= end) FireNext(due);
        lock (_gate) _now = end > _now ? end : _now;
    }

    void FireNext(DateTimeOffset due)
    {
        Timer timer;
        lock (_gate)
        {
            _now = due > _now ? due : _now;
            timer = _due.Dequeue().Timer;
            timer.Setting = 0;
            if (timer.Period != Timeout.InfiniteTimeSpan) Set(timer, timer.Period);
        }
        timer.Fire();
    }

    void Set(Timer timer, TimeSpan wait)
    {
        timer.Setting = ++_settings;
        _due.Enqueue((timer, timer.Setting), (_now + wait, timer.Setting));
    }

    sealed class Timer(VirtualTime time, TimerCallback callback, object? state, Lane? owner) : ITimer
    {
        readonly ExecutionContext? _context = ExecutionContext.Capture();

        /// <summary>Which setting counts; 0 if the timer is not set.</summary>
        public long Setting { get; set; }

        public TimeSpan Period { get; private set; }

        public bool IsGone => owner is { HasEnded: true };

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._gate)
            {
                Period = period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period;
                if (dueTime == Timeout.InfiniteTimeSpan) Setting = 0;
                else time.Set(this, dueTime);
            }
            return true;
        }

        public void Fire()
        {
            if (_context is null) callback(state);
            else ExecutionContext.Run(_context, static timer => ((Timer)timer!).Call(), this);
        }

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        void Call() => callback(state);
    }
}
