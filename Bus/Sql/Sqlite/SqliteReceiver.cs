using System.Collections.Concurrent;
using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Takes messages from one queue table by claims with an end: no lock is held while a handler runs.</summary>
sealed class SqliteReceiver : IReceiver
{
    readonly SqliteFile _file;
    readonly SqliteQueues _queues;
    readonly string _queue;
    readonly TimeSpan _lease;
    readonly TimeSpan _poll;
    readonly TimeProvider _time;
    readonly SemaphoreSlim _arrived;
    readonly ConcurrentDictionary<Lease, bool> _held = new();
    readonly ITimer _renewal;

    public SqliteReceiver(SqliteFile file, SqliteQueues queues, string queue, TimeSpan lease, TimeSpan poll, TimeProvider time)
    {
        (_file, _queues, _queue, _lease, _poll, _time) = (file, queues, queue, lease, poll, time);
        _arrived = file.Wakeups.Listen(queue);
        // Three chances before a lease ends.
        _renewal = time.CreateTimer(_ => _ = Renew(), null, lease / 3, lease / 3);
    }

    public async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        while (true)
        {
            // Looking takes no lock: only when there is something is the write lane entered.
            if (_file.Read(db => db.Number(SqliteDialect.AnythingToTake(_queue), ("$now", Now)) == 1)
                && await Claim(most, cancellation) is { Count: > 0 } taken)
            {
                return taken;
            }
            // In this process arrivals ring at once; the poll is for other processes and for delayed messages.
            await _arrived.WaitAsync(UntilNextLook(), cancellation);
        }
    }

    public Task Settle(ReceivedMessage message, CancellationToken cancellation) => End(message, null, cancellation);

    public Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation) => End(message, copy, cancellation);

    public Task Release(ReceivedMessage message, CancellationToken cancellation)
    {
        var lease = (Lease)message.Lease!;
        _held.TryRemove(lease, out _);
        return _file.Run((db, touched) =>
        {
            touched.Add(_queue);
            return Task.FromResult(db.Execute(SqliteDialect.Unclaim(_queue), ("$seq", lease.Seq), ("$token", lease.Token)));
        }, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _renewal.DisposeAsync();
        _file.Wakeups.Leave(_queue, _arrived);
        _arrived.Dispose();
    }

    /// <summary>Ends a message within the caller's transaction.</summary>
    /// <exception cref="LeaseLostException">Somebody else has it by now.</exception>
    public static void End(Statements db, ReceivedMessage message)
    {
        var lease = (Lease)message.Lease!;
        if (db.Execute(SqliteDialect.Unclaim(message.Queue), ("$seq", lease.Seq), ("$token", lease.Token)) == 0)
        {
            lease.Ended();
            throw new LeaseLostException(message.NativeId);
        }
        db.Execute(SqliteDialect.Remove(message.Queue), ("$seq", lease.Seq));
    }

    /// <summary>The lease need not be renewed any more.</summary>
    public static void Forget(ReceivedMessage message) => ((Lease)message.Lease!).Ended();

    long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    TimeSpan UntilNextLook()
    {
        var due = _file.Read(db => db.Number(SqliteDialect.NextDue(_queue)));
        if (due == 0) return _poll;
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, due - Now));
        return wait < _poll ? wait : _poll;
    }

    Task<List<ReceivedMessage>> Claim(int most, CancellationToken cancellation) => _file.Run((db, touched) =>
    {
        db.Execute(SqliteDialect.MoveDue(_queue), ("$now", Now));
        for (var expired = db.Execute(SqliteDialect.DropExpired(_queue), ("$now", Now)); expired > 0; expired--) BusMeter.MessageExpired(_queue);

        var token = Guid.NewGuid().ToString("N");
        var until = (_time.GetUtcNow() + _lease).ToUnixTimeMilliseconds();
        var free = db.Query(SqliteDialect.FindFree(_queue), row => (Seq: row.GetInt64(0), Id: row.GetString(1), Headers: row.GetString(2), Body: (byte[])row.GetValue(3), Attempts: row.GetInt32(4)),
            ("$now", Now), ("$most", most));
        var taken = new List<ReceivedMessage>(free.Count);
        foreach (var row in free)
        {
            db.Execute(SqliteDialect.Claim(_queue), ("$seq", row.Seq), ("$token", token), ("$until", until));
            var lease = new Lease(row.Seq, token, _held);
            taken.Add(new ReceivedMessage(_queue, row.Id, HeadersJson.Read(row.Headers), row.Body, row.Attempts + 1, lease));
        }
        // A full batch means that more may wait, for other receivers of this process.
        if (taken.Count == most) touched.Add(_queue);
        return Task.FromResult(taken);
    }, cancellation);

    async Task End(ReceivedMessage message, OutgoingOperation? copy, CancellationToken cancellation)
    {
        await _file.Run((db, touched) =>
        {
            End(db, message);
            if (copy is not null) _queues.Insert(db, [copy], touched);
            return Task.FromResult(true);
        }, cancellation);
        Forget(message);
    }

    async Task Renew()
    {
        var leases = _held.Keys.ToList();
        if (leases.Count == 0) return;
        var until = (_time.GetUtcNow() + _lease).ToUnixTimeMilliseconds();
        try
        {
            await _file.Run((db, _) =>
            {
                foreach (var lease in leases) db.Execute(SqliteDialect.Renew(_queue), ("$until", until), ("$seq", lease.Seq), ("$token", lease.Token));
                return Task.FromResult(true);
            }, CancellationToken.None);
        }
        catch (StoreAwayException)
        {
            // The next tick tries again; if none succeeds, the commit finds the lease lost and keeps nothing.
        }
    }

    /// <summary>What a claim is known by while this process holds it.</summary>
    sealed class Lease
    {
        readonly ConcurrentDictionary<Lease, bool> _held;

        public Lease(long seq, string token, ConcurrentDictionary<Lease, bool> held)
        {
            (Seq, Token, _held) = (seq, token, held);
            held[this] = true;
        }

        public long Seq { get; }

        public string Token { get; }

        public void Ended() => _held.TryRemove(this, out _);
    }
}
