using System.Diagnostics.CodeAnalysis;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Sql.Servers;

/// <summary>Takes messages from one queue table by claims with an end: no lock is held while a handler runs.</summary>
sealed partial class ServerReceiver : IReceiver
{
    const int MostAhead = 300;

    // So much work lies ready while the next round trip is under way: whoever is slow keeps nothing from others.
    static readonly TimeSpan Ahead = TimeSpan.FromMilliseconds(50);

    readonly ServerQueues _queues;
    readonly QueueTable _queue;
    readonly string _name;
    readonly TimeProvider _time;
    readonly ILogger _logger;
    readonly TimeSpan _lease;
    readonly TimeSpan _poll;
    readonly SemaphoreSlim _arrived;
    readonly ITimer _renewal;
    readonly Held _held = new();
    readonly Queue<ReceivedMessage> _ready = new();
    readonly Renewals _renewals;
    readonly DueMessages _due;
    readonly Strays _strays;
    long _lookedAt;
    long _claimedAt;
    int _claimed;
    bool _wasFull;
    bool _wasAmple;
    Task<bool>? _ahead;
    long _lateAt;
    bool _stopped;

    /// <param name="name">The queue as its endpoint calls it.</param>
    public ServerReceiver(ServerQueues queues, QueueTable queue, string name, TimeProvider time)
    {
        (_queues, _queue, _name, _time, _logger, _lease, _poll) = (queues, queue, name, time, queues.Logger, queues.Settings.Lease, queues.Settings.Poll);
        _renewals = new Renewals(queues, queue, time);
        _due = new DueMessages(queues, queue, time);
        _strays = new Strays(queues, queue, this, time);
        _arrived = queues.Database.Bell.Wakeups.Listen(queue.Address);
        // Three chances before a lease ends.
        _renewal = time.CreateTimer(_ => _ = Renew(), null, _lease / 3, _lease / 3);
    }

    public TimeSpan? LooksEvery => _poll;

    public DateTimeOffset? LookedAt => Volatile.Read(ref _lookedAt) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        while (true)
        {
            Volatile.Write(ref _lookedAt, _time.GetUtcNow().UtcTicks);
            if (Ready(most) is { Count: > 0 } ready) return ready;
            cancellation.ThrowIfCancellationRequested();
            try
            {
                if (_ahead is { } ahead)
                {
                    await EndOf(ahead);
                    continue;
                }
                await _due.Move();
                if (await Claim(most)) continue;

                // What was sent for later may be due before the next look.
                await _arrived.WaitAsync(await _due.UntilNext(_poll), cancellation);
            }
            catch (Exception failure) when (_queues.Database.Dialect.Sort(failure) == Fault.MissingTable)
            {
                throw ServerQueues.NotFound(_name, failure);
            }
        }
    }

    public ValueTask<ReceivedMessage?> TakeReady(CancellationToken cancellation)
    {
        lock (_ready)
        {
            if (!TryDequeue(out var message)) return default;
            ClaimAhead();
            return new(message);
        }
    }

    public ValueTask<bool> Holds(ReceivedMessage message) => (Held.Lease)message.Lease! is var lease && lease.Lasts(_lease) ? new(true) : new(_renewals.Renew(lease));

    public async Task Settle(ReceivedMessage message, CancellationToken cancellation)
    {
        var lease = (Held.Lease)message.Lease!;
        await _queues.Database.Change([lease.End(_queues.Database.Dialect)]);
        lease.Ended();
    }

    public async Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation)
    {
        var lease = (Held.Lease)message.Lease!;
        var sending = await _queues.Prepare([copy]);
        await _queues.Database.Change([lease.End(_queues.Database.Dialect), .. sending.Statements]);
        lease.Ended();
        sending.Ring();
    }

    public async Task Release(ReceivedMessage message, CancellationToken cancellation)
    {
        var lease = (Held.Lease)message.Lease!;
        lease.Ended();
        await _queues.Database.Change([_queue.Release.With(lease.Id, lease.Token)]);
        _queues.Database.Bell.Ring([_queue.Address]);
    }

    public Task StopTaking()
    {
        // What is on its way here at the moment goes back as soon as it comes.
        lock (_ready) _stopped = true;
        return GiveBackReady(all: true);
    }

    public async ValueTask DisposeAsync()
    {
        await _renewal.DisposeAsync();
        _queues.Database.Bell.Wakeups.Leave(_queue.Address, _arrived);
        await StopTaking();
        if (_ahead is { } ahead) await ((Task)ahead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    List<ReceivedMessage> Ready(int most)
    {
        lock (_ready)
        {
            var taken = Dequeue(most);
            if (taken.Count > 0) ClaimAhead();
            return taken;
        }
    }

    List<ReceivedMessage> Dequeue(int most)
    {
        var taken = new List<ReceivedMessage>(Math.Min(most, _ready.Count));
        while (taken.Count < most && TryDequeue(out var message)) taken.Add(message);
        return taken;
    }

    bool TryDequeue([NotNullWhen(true)] out ReceivedMessage? message)
    {
        while (_ready.TryDequeue(out message))
        {
            var lease = (Held.Lease)message.Lease!;
            if (lease.Lasts(_lease)) return true;

            // It could not be renewed in time, and somebody else may have the message by now.
            lease.Ended();
        }
        return false;
    }

    /// <summary>While there is more in the queue than was taken, the next are on their way before the last are in hand: one round trip at a time.</summary>
    void ClaimAhead()
    {
        if (_stopped || !_wasAmple || _ready.Count > _claimed / 2 || _ahead is { IsCompletedSuccessfully: false } || More() == 0) return;
        _ahead = ClaimMore();
    }

    async Task<bool> ClaimMore()
    {
        // As long as there is a backlog nobody comes to where messages are waited for. What is due must not wait for that.
        var moved = _due.Move();
        var claimed = Claim(0);
        await Task.WhenAll(moved, claimed);
        return await claimed;
    }

    async Task EndOf(Task<bool> ahead)
    {
        try
        {
            await ahead;
        }
        finally
        {
            lock (_ready)
            {
                if (_ahead == ahead) _ahead = null;
            }
        }
    }

    /// <returns>True if there may be more: something was taken, though perhaps nothing that is handed out.</returns>
    async Task<bool> Claim(int most)
    {
        var (token, began) = (Guid.NewGuid(), _time.GetTimestamp());
        var wanted = most + More();
        var late = IsTimeForLate() ? _queues.Database.Claim(_queue.ClaimAgain.With((long)wanted, token, (long)_lease.TotalMilliseconds, _time.GetUtcNow(), _held.Ids), QueueRow.Read) : Task.FromResult<List<QueueRow>>([]);
        var taken = await _queues.Database.Claim(_queue.Claim.With((long)wanted, token, (long)_lease.TotalMilliseconds, _time.GetUtcNow()), QueueRow.Read);
        _wasFull = taken.Count == wanted;
        _wasAmple = _wasFull && wanted > most;
        (_claimed, _claimedAt) = (taken.Count, _time.GetTimestamp());
        var rows = (await late).Concat(taken).ToList();
        await Sort(rows, token, began);
        return rows.Count > 0;
    }

    /// <summary>As many more than asked for as were needed in so much time just now.</summary>
    int More()
    {
        if (!_wasFull) return 0;
        var elapsed = _time.GetElapsedTime(_claimedAt);
        return elapsed <= TimeSpan.Zero ? MostAhead : (int)Math.Clamp((_claimed - _ready.Count) * (Ahead / elapsed), 0, MostAhead);
    }

    // A lease ends at some time; to look for that each time would be for nothing.
    bool IsTimeForLate()
    {
        if (_lateAt != 0 && _time.GetElapsedTime(_lateAt) < (_lease / 4 < _poll ? _lease / 4 : _poll)) return false;
        _lateAt = _time.GetTimestamp();
        return true;
    }

    async Task Sort(List<QueueRow> rows, Guid token, long began)
    {
        var expired = 0;
        var aside = new List<Task>();
        foreach (var row in rows.OrderBy(row => row.Seq))
        {
            if (row.IsExpired)
            {
                expired++;
                // Claimed before it expired, by somebody who is gone.
                if (row.Attempts > 1) aside.Add(_queues.Database.Change([_queue.End.With(row.Id, token)]));
                continue;
            }
            var message = new ReceivedMessage(_name, row.Id.ToString(), QueueRow.HeadersOf(row.Headers), row.Body, row.Attempts, _held.Add(_queue, row.Id, token, began, _time));
            if (_strays.PutAside(message) is { } put) aside.Add(put);
            else lock (_ready) _ready.Enqueue(message);
        }
        ExpiredMessages.Dropped(_name, expired, _logger);
        await Task.WhenAll(aside);
        if (_stopped) await GiveBackReady(all: true);
    }

    async Task Renew()
    {
        try
        {
            var givenBack = GiveBackReady(all: false);
            await _renewals.RenewAll(_held.All);
            await givenBack;
        }
        catch (StoreAwayException)
        {
            // The next tick tries again; if none succeeds, the commit finds the lease lost and keeps nothing.
        }
        catch (Exception failure)
        {
            LogNotRenewed(failure, _name, _lease / 3);
        }
    }

    /// <param name="all">False for only what has lain ready for so long that this process does not need it.</param>
    async Task GiveBackReady(bool all)
    {
        List<ReceivedMessage> spare;
        lock (_ready) spare = Dequeue(all || _time.GetElapsedTime(_claimedAt) > _lease / 3 ? _ready.Count : 0);
        if (spare.Count == 0) return;
        var leases = spare.Select(message => (Held.Lease)message.Lease!).ToList();
        foreach (var lease in leases) lease.Ended();
        try
        {
            await _queues.Database.Change([.. leases.Select(lease => _queue.Release.With(lease.Id, lease.Token))]);
            _queues.Database.Bell.Ring([_queue.Address]);
        }
        catch (StoreAwayException)
        {
            // Renewed no longer, the leases end by themselves.
        }
    }

    [LoggerMessage(LogLevel.Warning, "The leases of messages of queue {Queue} could not be renewed; trying again in {Pause}. If they end, the messages are handled once more, and nothing of their handlers' work is kept now")]
    partial void LogNotRenewed(Exception failure, string queue, TimeSpan pause);
}
