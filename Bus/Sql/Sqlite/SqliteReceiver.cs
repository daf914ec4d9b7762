using System.Collections.Concurrent;
using System.Text.Json;
using Dovetail.Bus.Transport;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Sql.Sqlite;

/// <summary>Takes messages from one queue table by claims with an end: no lock is held while a handler runs.</summary>
sealed partial class SqliteReceiver : IReceiver
{
    const string Unreadable = "Dovetail.UnreadableHeaders";

    readonly SqliteFile _file;
    readonly SqliteQueues _queues;
    readonly string _queue;
    readonly TimeSpan _lease;
    readonly TimeSpan _poll;
    readonly TimeProvider _time;
    readonly SemaphoreSlim _arrived;
    readonly ConcurrentDictionary<long, Lease> _held = new();
    readonly ITimer _renewal;
    readonly ILogger _logger;
    long _lookedAt;

    public SqliteReceiver(SqliteFile file, SqliteQueues queues, string queue, TimeSpan lease, TimeSpan poll, TimeProvider time)
    {
        (_file, _queues, _queue, _lease, _poll, _time, _logger) = (file, queues, queue, lease, poll, time, queues.Logger);
        _arrived = file.Wakeups.Listen(queue);
        // Three chances before a lease ends.
        _renewal = time.CreateTimer(_ => _ = Renew(), null, lease / 3, lease / 3);
    }

    public TimeSpan? LooksEvery => _poll;

    public DateTimeOffset? LookedAt => Volatile.Read(ref _lookedAt) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    public async Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation)
    {
        while (true)
        {
            Volatile.Write(ref _lookedAt, _time.GetUtcNow().UtcTicks);

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

    public ValueTask<bool> Holds(ReceivedMessage message) => (Lease)message.Lease! is var lease && _time.GetElapsedTime(lease.Since) < _lease ? new(true) : new(RenewNow(lease));

    public Task Settle(ReceivedMessage message, CancellationToken cancellation) => End(message, null, cancellation);

    public Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation) => End(message, copy, cancellation);

    public Task Release(ReceivedMessage message, CancellationToken cancellation)
    {
        var lease = (Lease)message.Lease!;
        lease.Ended();
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

    async Task<List<ReceivedMessage>> Claim(int most, CancellationToken cancellation)
    {
        var (token, began) = (Guid.NewGuid().ToString("N"), _time.GetTimestamp());
        var expired = 0;
        var claimed = await _file.Run((db, touched) =>
        {
            db.Execute(SqliteDialect.MoveDue(_queue), ("$now", Now));
            expired = db.Execute(SqliteDialect.DropExpired(_queue), ("$now", Now));
            var until = (_time.GetUtcNow() + _lease).ToUnixTimeMilliseconds();
            var rows = db.Query(SqliteDialect.FindFree(_queue), Row.Read, ("$now", Now), ("$most", most));

            // A lease that could not be renewed in time is still this receiver's while nobody else took the message.
            rows.RemoveAll(row => _held.ContainsKey(row.Seq));

            // Where more have expired than are dropped in one go, some of them stand in front.
            foreach (var row in rows.Where(row => row.IsExpired)) expired += db.Execute(SqliteDialect.Remove(_queue), ("$seq", row.Seq));
            if (expired > 0) db.Execute(SqliteDialect.DropClaimsOfNothing(_queue));

            var readable = rows.Where(row => !row.IsExpired && IsReadable(db, row, touched)).ToList();
            foreach (var row in readable) db.Execute(SqliteDialect.Claim(_queue), ("$seq", row.Seq), ("$token", token), ("$until", until));

            // A full batch means that more may wait, for other receivers of this process.
            if (rows.Count == most) touched.Add(_queue);
            return Task.FromResult(readable);
        }, cancellation);

        // Only what was committed is held, and told.
        ExpiredMessages.Dropped(_queue, expired, _queues.Logger);
        return [.. claimed.Select(row => new ReceivedMessage(_queue, row.Id, row.Parsed!, row.Body, row.Attempts + 1, new Lease(row.Seq, token, _held) { Since = began }))];
    }

    /// <summary>A row that has no headers is shown as it is.</summary>
    public static Dictionary<string, string> HeadersOf(string text)
    {
        try
        {
            return HeadersJson.Read(text);
        }
        catch (JsonException)
        {
            return new(StringComparer.Ordinal) { [Unreadable] = text };
        }
    }

    /// <summary>Reads the headers. A row that has none is moved to the error queue as it is, where it waits for a person and holds up nobody.</summary>
    bool IsReadable(Statements db, Row row, ICollection<string> touched)
    {
        row.Parsed = HeadersOf(row.Headers);
        if (!row.Parsed.ContainsKey(Unreadable) || _queue == _queues.ErrorQueue) return true;

        db.Execute(SqliteDialect.CreateQueue(_queues.ErrorQueue));
        db.Execute(SqliteDialect.MoveRaw(_queue, _queues.ErrorQueue), ("$seq", row.Seq));
        db.Execute(SqliteDialect.Remove(_queue), ("$seq", row.Seq));
        touched.Add(_queues.ErrorQueue);
        return false;
    }

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
        var leases = _held.Values.ToList();
        if (leases.Count == 0) return;
        try
        {
            await Renew(leases);
        }
        catch (StoreAwayException)
        {
            // The next tick tries again; if none succeeds, the commit finds the lease lost and keeps nothing.
        }
        catch (Exception failure)
        {
            LogNotRenewed(failure, leases.Count, _queue, _lease / 3);
        }
    }

    /// <summary>For a lease that may have ended, as when the process stood still: it goes on if nobody else has the message.</summary>
    async Task<bool> RenewNow(Lease lease)
    {
        if (await Renew([lease]) == 1) return true;
        lease.Ended();
        return false;
    }

    /// <returns>How many nobody else had taken.</returns>
    async Task<int> Renew(IReadOnlyList<Lease> leases)
    {
        var (began, until) = (_time.GetTimestamp(), (_time.GetUtcNow() + _lease).ToUnixTimeMilliseconds());
        var renewed = await _file.Run((db, _) => Task.FromResult(
            leases.Where(lease => db.Execute(SqliteDialect.Renew(_queue), ("$until", until), ("$seq", lease.Seq), ("$token", lease.Token)) == 1).ToList()), CancellationToken.None);
        foreach (var lease in renewed) lease.Since = began;
        return renewed.Count;
    }

    [LoggerMessage(LogLevel.Warning, "The leases of {Count} messages of queue {Queue} could not be renewed; trying again in {Pause}. If they end, the messages are handled once more, and nothing of their handlers' work is kept now")]
    partial void LogNotRenewed(Exception failure, int count, string queue, TimeSpan pause);

    sealed record Row(long Seq, string Id, string Headers, byte[] Body, int Attempts, bool IsExpired)
    {
        public Dictionary<string, string>? Parsed { get; set; }

        public static Row Read(SqliteDataReader row) =>
            new(row.GetInt64(0), row.GetString(1), row.GetString(2), (byte[])row.GetValue(3), row.GetInt32(4), !row.IsDBNull(5) && row.GetBoolean(5));
    }

    /// <summary>What a claim is known by while this process holds it.</summary>
    sealed class Lease
    {
        readonly ConcurrentDictionary<long, Lease> _held;
        long _since;

        public Lease(long seq, string token, ConcurrentDictionary<long, Lease> held)
        {
            (Seq, Token, _held) = (seq, token, held);
            held[seq] = this;
        }

        public long Seq { get; }

        public string Token { get; }

        /// <summary>When the claim, or its last renewal, was on its way.</summary>
        public long Since
        {
            get => Volatile.Read(ref _since);
            set => Volatile.Write(ref _since, value);
        }

        public void Ended() => _held.TryRemove(KeyValuePair.Create(Seq, this));
    }
}
