using Dovetail.Bus.Receiving;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Watching;

/// <summary>Looks after the receiver of one queue: whether its loop still comes round, and how long its handlers run.</summary>
/// <remarks>It ticks only while there is something to watch: a simulation would never be quiet otherwise.</remarks>
sealed partial class Watchdog : IDisposable
{
    readonly string _queue;
    readonly WatchSettings _settings;
    readonly Hand _hand;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly TimeSpan _period;
    readonly ITimer _timer;
    readonly Lock _gate = new();
    Loop? _loop;
    bool _ticks;

    public Watchdog(string queue, WatchSettings settings, Hand hand, TimeProvider time, ILogger logger)
    {
        (_queue, _settings, _hand, _time, _logger) = (queue, settings, hand, time, logger);
        _period = (settings.Silence < settings.LongHandler ? settings.Silence : settings.LongHandler) / 4;
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        hand.Changed = Adjust;
    }

    /// <summary>Looks after this loop from now on; null for none.</summary>
    public void Watch(Loop? loop)
    {
        _loop = loop;
        Adjust();
    }

    public void Dispose() => _timer.Dispose();

    void Adjust()
    {
        lock (_gate)
        {
            var needed = !_hand.IsEmpty || _loop?.Receiver.LooksEvery is not null;
            if (needed == _ticks) return;
            _ticks = needed;
            var period = needed ? _period : Timeout.InfiniteTimeSpan;
            _timer.Change(period, period);
        }
    }

    void Look()
    {
        var now = _time.GetUtcNow();
        if (_loop is { } loop && loop.IsStuck(_settings.Silence, now)) loop.GiveUp(_settings.Silence);
        foreach (var message in _hand.Messages)
        {
            var duration = now - message.Since;
            if (duration < (message.NextWarning ?? _settings.LongHandler)) continue;
            message.NextWarning = duration * 2;
            var told = message.Told;
            LogLong(told.MessageId, told.MessageType, _queue, duration);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Message {MessageId} ({MessageType}) of queue {Queue} has been handled for {Duration} and is not done. It keeps its place and its lease; if that is not as it should be, look at what its handler waits for")]
    partial void LogLong(string messageId, string messageType, string queue, TimeSpan duration);
}
