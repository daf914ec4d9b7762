using System.Diagnostics;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Outbox;

/// <summary>Sends what was committed and is not in its queues yet, and notes that it is: the notes of many messages are written together.</summary>
sealed partial class OutboxDispatcher(IStore store, ITransport transport, TimeProvider time, ILogger logger)
{
    const int LargestBatch = 256;
    const int MostRemembered = 10_000;

    /// <summary>What is sent within this time is noted together: a note by itself costs the store as much as the commit of a message.</summary>
    static readonly TimeSpan Gathers = TimeSpan.FromMilliseconds(100);

    static readonly TimeSpan PauseWhenAway = TimeSpan.FromSeconds(1);
    static readonly TimeSpan BetweenComplaints = TimeSpan.FromMinutes(1);

    readonly Lock _gate = new();
    readonly HashSet<string> _notNoted = new(StringComparer.Ordinal);
    List<string> _sent = [];
    bool _marking;
    long? _complainedAt;
    int _notTold;

    /// <summary>Ends when every note that was asked for so far is written, or given up.</summary>
    public Task Marked { get; private set; } = Task.CompletedTask;

    /// <summary>True if it was sent by this process, and only the note of it is missing: a copy that comes meanwhile sends nothing, and the sweeper only has it noted.</summary>
    public bool HasSent(string id)
    {
        lock (_gate) return _notNoted.Contains(id);
    }

    /// <summary>Sends what was not sent yet, and has it noted.</summary>
    /// <param name="id">Under which the store keeps them.</param>
    public async Task Dispatch(string id, IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
    {
        if (operations.Count > 0 && !HasSent(id)) await transport.Send(operations, cancellation);

        // Nobody waits for the note: if it is lost in a crash, the same messages leave once more, under the same ids.
        lock (_gate)
        {
            // Too many to remember: they are sent once more, under the same ids.
            if (_notNoted.Count > MostRemembered) _notNoted.Clear();
            _notNoted.Add(id);
            _sent.Add(id);
            if (_marking) return;
            _marking = true;
            Marked = Task.Factory.StartNew(MarkAll, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();
        }
    }

    /// <summary>For whoever is done once it is committed, and must not do it again: what can't be sent now is left to the sweeper.</summary>
    public async Task DispatchOrLeave(string id, IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
    {
        try
        {
            await Dispatch(id, operations, cancellation);
        }
        catch (Exception failure)
        {
            LogLeft(failure, id);
        }
    }

    async Task MarkAll()
    {
        // What is noted for many messages belongs to no single one's trace.
        Activity.Current = null;
        do
        {
            await Task.Delay(Gathers, time, CancellationToken.None);
            foreach (var batch in TakeAll().Chunk(LargestBatch)) await Mark(batch);
        }
        while (GoesOn());
    }

    async Task Mark(string[] batch)
    {
        try
        {
            await store.MarkDispatched(batch, CancellationToken.None);
            lock (_gate) _notNoted.ExceptWith(batch);
        }
        catch (StoreAwayException away)
        {
            LogAway(away, batch.Length, PauseWhenAway);
            lock (_gate) _sent.AddRange(batch);
            await Task.Delay(PauseWhenAway, time, CancellationToken.None);
        }
        catch (Exception failure)
        {
            Complain(failure, batch.Length);
        }
    }

    void Complain(Exception failure, int count)
    {
        _notTold += count;
        if (_complainedAt is { } at && time.GetElapsedTime(at) < BetweenComplaints) return;
        LogNotMarked(failure, _notTold);
        (_complainedAt, _notTold) = (time.GetTimestamp(), 0);
    }

    List<string> TakeAll()
    {
        lock (_gate)
        {
            var all = _sent;
            _sent = [];
            return all;
        }
    }

    bool GoesOn()
    {
        lock (_gate) return _marking = _sent.Count > 0;
    }

    [LoggerMessage(LogLevel.Warning, "{Id} is committed, but its messages could not be sent yet; they stay in the outbox and are sent as soon as possible")]
    partial void LogLeft(Exception failure, string id);

    [LoggerMessage(LogLevel.Warning, "The store can't be reached to note that the messages of {Count} commits were sent; trying again in {Pause}")]
    partial void LogAway(Exception failure, int count, TimeSpan pause);

    [LoggerMessage(LogLevel.Error, "That the messages of {Count} commits were sent could not be noted; the sweeper tries again. Should this process end before, they are sent once more, under the same ids; receivers with an outbox see that")]
    partial void LogNotMarked(Exception failure, int count);
}
