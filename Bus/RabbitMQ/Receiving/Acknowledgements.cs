using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>
/// Tells the broker what became of the messages of one channel: many in one go where it can. An acknowledgement that is late, or lost with the connection, costs nothing but
/// the same message once more, which is then seen to be done.
/// </summary>
sealed class Acknowledgements : IAsyncDisposable
{
    static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    readonly IChannel _channel;
    readonly int _batch;
    readonly ITimer _timer;
    readonly Lock _gate = new();
    readonly HashSet<ulong> _ended = [];
    List<(ulong Tag, bool Done)> _told = [];
    List<(ulong Tag, bool Done)> _beingTold = [];
    Task _telling = Task.CompletedTask;
    bool _tells;
    bool _timed;
    ulong _firstOpen = 1;

    /// <param name="batch">So many are told together while more messages wait here; when none waits, all are told at once.</param>
    public Acknowledgements(IChannel channel, int batch, TimeProvider time)
    {
        (_channel, _batch) = (channel, batch);
        _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <param name="done">False gives the message back to the queue.</param>
    /// <param name="atOnce">True if nothing waits that would be told soon too.</param>
    public void Tell(ulong tag, bool done, bool atOnce)
    {
        lock (_gate)
        {
            _told.Add((tag, done));
            if (_tells) return;
            if (!atOnce && done && _told.Count < _batch)
            {
                if (!_timed) _timer.Change(Longest, Timeout.InfiniteTimeSpan);
                _timed = true;
                return;
            }
            Begin();
        }
    }

    /// <summary>Tells what has been held back.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            _timed = false;
            if (!_tells && _told.Count > 0) Begin();
        }
    }

    /// <summary>Tells the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Flush();
        await _telling;
    }

    void Begin()
    {
        _tells = true;
        _telling = TellAll();
    }

    async Task TellAll()
    {
        while (true)
        {
            lock (_gate)
            {
                _beingTold.Clear();
                if (_told.Count == 0)
                {
                    _tells = false;
                    return;
                }
                (_told, _beingTold) = (_beingTold, _told);
            }
            try
            {
                await Tell(_beingTold);
            }
            catch (Exception)
            {
                // The channel is closed: the broker gives all of them out again.
                lock (_gate) _tells = false;
                return;
            }
        }
    }

    async Task Tell(List<(ulong Tag, bool Done)> told)
    {
        // First what goes back: an acknowledgement of many must not pass over it.
        foreach (var (tag, done) in told)
        {
            // Not rejected: that is how newer brokers tell a message that failed from one that is only given back (RabbitMQ 4.3, quorum queues, x-delivery-count).
            if (!done) await _channel.BasicNackAsync(tag, multiple: false, requeue: true);
        }
        foreach (var (tag, _) in told) _ended.Add(tag);
        while (_ended.Remove(_firstOpen)) _firstOpen++;

        // The broker wants a tag that is open itself, and takes all before it along.
        var last = 0UL;
        foreach (var (tag, done) in told)
        {
            if (done && tag < _firstOpen && tag > last) last = tag;
        }
        if (last > 0) await _channel.BasicAckAsync(last, multiple: true);
        foreach (var (tag, done) in told)
        {
            if (done && tag > last) await _channel.BasicAckAsync(tag, multiple: false);
        }
    }
}
