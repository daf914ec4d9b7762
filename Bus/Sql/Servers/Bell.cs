using Dovetail.Bus.Sql.Queues;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>Wakes receivers when something comes into their queue: those of this process at once, those of others soon after, through the database.</summary>
/// <remarks>Only a convenience: whoever hears nothing looks by itself from time to time. So it rings beside the commit, which nobody has to wait for, and many times as one.</remarks>
sealed class Bell(Database database, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Rung where the table of subscriptions has changed.</summary>
    const string Subscriptions = "subscriptions";

    static readonly TimeSpan Together = TimeSpan.FromMilliseconds(5);
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    readonly string _me = Guid.NewGuid().ToString("N");
    readonly StatementText? _ring = database.Dialect.Ring;
    readonly HashSet<string> _toRing = new(StringComparer.Ordinal);
    readonly CancellationTokenSource _stop = new();
    Task _ringing = Task.CompletedTask;
    Task? _listening;
    int _subscriptions;

    public Wakeups Wakeups { get; } = new();

    /// <summary>Another number whenever somebody has subscribed or unsubscribed, as far as one hears.</summary>
    public int SubscriptionsSeen => Volatile.Read(ref _subscriptions);

    /// <summary>Begins to hear what other processes ring.</summary>
    public void Listen()
    {
        lock (_toRing)
        {
            if (_ring is not null) _listening ??= Task.Run(ListenOn);
        }
    }

    public void Ring(IEnumerable<string> queues)
    {
        foreach (var queue in queues)
        {
            Wakeups.Wake(queue);
            RingOthers(queue);
        }
    }

    public void RingSubscriptions()
    {
        Interlocked.Increment(ref _subscriptions);
        RingOthers(Subscriptions);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_listening is not null) await _listening;
        await _ringing;
        _stop.Dispose();
    }

    void RingOthers(string what)
    {
        if (_ring is null) return;
        lock (_toRing)
        {
            if (_toRing.Add(what) && _toRing.Count == 1) _ringing = RingSoon();
        }
    }

    async Task RingSoon()
    {
        await Task.Delay(Together, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<string> rung;
        lock (_toRing)
        {
            rung = [.. _toRing];
            _toRing.Clear();
        }
        try
        {
            await Task.WhenAll(rung.Select(what => database.Ask(_ring!.With($"{_me} {what}"), static _ => true)));
        }
        catch (Exception)
        {
            // They look by themselves, as they do while the database is away.
        }
    }

    async Task ListenOn()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await database.Run(async connection =>
                {
                    await database.Dialect.Listen(connection, Heard, _stop.Token);
                    return true;
                }, _stop.Token);
            }
            catch (Exception)
            {
                // Told by everybody else who needs the database.
                await Task.Delay(PauseAfterFailure, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    void Heard(string rung)
    {
        if (rung.Split(' ', 2) is not [var who, var what] || who == _me) return;
        if (what == Subscriptions) Interlocked.Increment(ref _subscriptions);
        else Wakeups.Wake(what);
    }
}
