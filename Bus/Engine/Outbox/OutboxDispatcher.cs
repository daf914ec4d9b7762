using System.Diagnostics;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Outbox;

/// <summary>Sends what was committed and is not in its queues yet, and notes that it is: the notes of many messages are written together.</summary>
sealed partial class OutboxDispatcher(IStore store, ITransport transport, TimeProvider time, ILogger logger)
{
    const int LargestBatch = 256;
    const int MostRemembered = 10_000;
    static readonly TimeSpan PauseWhenAway = TimeSpan.FromSeconds(1);
    static readonly TimeSpan BetweenComplaints = TimeSpan.FromMinutes(1);

    readonly List<string> _sent = [];
    readonly HashSet<string> _notNoted = new(StringComparer.Ordinal);
    bool _marking;
    long? _complainedAt;
    int _notTold;

    /// <summary>Ends when every note that was asked for so far is written, or given up.</summary>
    public Task Marked { get; private set; } = Task.CompletedTask;

    /// <summary>True if it was sent by this process, and only the note of it is missing.</summary>
    public bool HasSent(string id)
    {
        lock (_sent) return _notNoted.Contains(id);
    }

    /// <summary>Sends what was not sent yet, and has it noted.</summary>
    /// <param name="id">Under which the store keeps them.</param>
    public async Task Dispatch(string id, IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
    {
        if (operations.Count > 0 && !HasSent(id)) await transport.Send(operations, cancellation);

        // Nobody waits for the note: if it is lost in a crash, the same messages leave once more, under the same ids.
        lock (_sent)
        {
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
        while (Next() is { } batch)
        {
            try
            {
                await store.MarkDispatched(batch, CancellationToken.None);
                lock (_sent) _notNoted.ExceptWith(batch);
            }
            catch (StoreAwayException away)
            {
                LogAway(away, batch.Count, PauseWhenAway);
                lock (_sent) _sent.AddRange(batch);
                await Task.Delay(PauseWhenAway, time, CancellationToken.None);
            }
            catch (Exception failure)
            {
                Remember(batch);
                Complain(failure, batch.Count);
            }
        }
    }

    /// <summary>So that the sweeper, who finds them in the store, has only the note of them written.</summary>
    void Remember(List<string> batch)
    {
        lock (_sent)
        {
            // Too many to remember: they are sent once more, under the same ids.
            if (_notNoted.Count > MostRemembered) _notNoted.Clear();
            _notNoted.UnionWith(batch);
        }
    }

    void Complain(Exception failure, int count)
    {
        _notTold += count;
        if (_complainedAt is { } at && time.GetElapsedTime(at) < BetweenComplaints) return;
        LogNotMarked(failure, _notTold);
        (_complainedAt, _notTold) = (time.GetTimestamp(), 0);
    }

    List<string>? Next()
    {
        lock (_sent)
        {
            if (_sent.Count == 0)
            {
                _marking = false;
                return null;
            }
            var batch = _sent.GetRange(0, Math.Min(LargestBatch, _sent.Count));
            _sent.RemoveRange(0, batch.Count);
            return batch;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Id} is committed, but its messages could not be sent yet; they stay in the outbox and are sent as soon as possible")]
    partial void LogLeft(Exception failure, string id);

    [LoggerMessage(LogLevel.Warning, "The store can't be reached to note that the messages of {Count} commits were sent; trying again in {Pause}")]
    partial void LogAway(Exception failure, int count, TimeSpan pause);

    [LoggerMessage(LogLevel.Error, "That the messages of {Count} commits were sent could not be noted; the sweeper tries again. Should this process end before, they are sent once more, under the same ids; receivers with an outbox see that")]
    partial void LogNotMarked(Exception failure, int count);
}
