using System.Collections.Frozen;
using Dovetail.Bus.Receiving;
using Dovetail.Bus.Sagas;
using NServiceBus.Persistence;

namespace Dovetail.Bus.Transport;

/// <summary>Keeps saga state and what must leave with it.</summary>
interface IStore
{
    /// <summary>True if handled messages leave rows even where nobody asked for that, so that they must be cleaned away.</summary>
    bool RemembersAlways => false;

    /// <summary>Creates tables that are missing.</summary>
    Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation);

    /// <summary>What was committed for this message before; null if the message is new.</summary>
    Task<OutboxRecord?> FindOutbox(string messageId, CancellationToken cancellation);

    /// <summary>Notes that what was committed under these ids is safe in its queues. The ids are kept, so that copies are recognized; what was sent is not.</summary>
    Task MarkDispatched(IReadOnlyCollection<string> ids, CancellationToken cancellation);

    /// <summary>Waits until something was committed at least so long ago and is not marked as dispatched: whoever was to send it is gone, or could not.</summary>
    /// <param name="passOver">So many of the oldest stay out of it, as they can't be sent at the moment: then nobody waits, and there may be nothing.</param>
    /// <returns>The ids, the oldest first; not all of them where there are many. Never returns where the commit itself puts messages into their queues.</returns>
    Task<IReadOnlyList<string>> WaitForUndispatched(TimeSpan grace, int passOver, CancellationToken cancellation);

    /// <summary>Forgets messages that were dispatched before then: a copy that comes later is a new message. What was not dispatched is never forgotten.</summary>
    /// <returns>How many; less than <paramref name="most"/> if none is left.</returns>
    Task<int> ForgetDispatched(DateTimeOffset before, int most, CancellationToken cancellation);

    /// <summary>What was committed and is not marked as dispatched. Asked every few seconds: cheap, however much was dispatched before.</summary>
    Task<OutboxBacklog> MeasureOutbox(CancellationToken cancellation);

    /// <summary>A saga instance by its id, or by its correlation property's value.</summary>
    Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation);

    /// <summary>When the oldest instance of a saga began that has not ended; null if there is none, or none of which that is known. Asked every few seconds: cheap, however many there are.</summary>
    Task<DateTimeOffset?> FindOldestSaga(SagaDefinition saga, CancellationToken cancellation);

    /// <summary>True if a saga's timeout has a row: it has neither rung, nor been taken back.</summary>
    Task<bool> IsPending(Guid sagaId, string timeoutId, CancellationToken cancellation);

    /// <summary>The timeouts of all sagas that have a row, those that are due first.</summary>
    Task<IReadOnlyList<PendingTimeout>> ListTimeouts(int most, CancellationToken cancellation);

    /// <summary>Waits until messages of timeouts that lie here are due, and takes them: for so long they are nobody else's, then whoever comes next has them.</summary>
    /// <returns>Those that are due first; all of them, due or not, where the store is to keep none any more. Never returns where none can lie.</returns>
    Task<IReadOnlyList<DueTimeout>> WaitForDueTimeouts(TimeSpan patience, CancellationToken cancellation) =>
        new TaskCompletionSource<IReadOnlyList<DueTimeout>>(TaskCreationOptions.RunContinuationsAsynchronously).Task.WaitAsync(cancellation);

    /// <summary>Notes that the messages of timeouts are safe in their queues. The timeouts are pending until they ring.</summary>
    Task MarkSent(IReadOnlyCollection<DueTimeout> timeouts, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Begins nothing yet: the transaction starts when the session is first used, or at the commit.</summary>
    IStorageSession OpenSession();

    /// <summary>Commits state, sagas and outgoing messages as one, and where the store shares the transport's database the end of the incoming message too.</summary>
    /// <returns>What must still be dispatched; nothing where the commit itself put the messages into their queues.</returns>
    /// <exception cref="ConflictException">Somebody else was faster.</exception>
    /// <exception cref="LeaseLostException">Somebody else has the incoming message by now.</exception>
    Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation);
}

/// <summary>The handlers' side of a commit.</summary>
/// <remarks>A scope of services that hands it out disposes it too, in either way, after whoever opened it.</remarks>
interface IStorageSession : ISynchronizedStorageSession, IAsyncDisposable, IDisposable
{
    /// <summary>What a handler's failure comes from, if that is that the session's connection broke under it; null if it does not.</summary>
    StoreAwayException? Lost(Exception failure) => null;
}

/// <param name="ToDispatch">What the transport must still send.</param>
/// <param name="IncomingSettled">True if the incoming message left its queue in the same transaction.</param>
sealed record Committed(IReadOnlyList<OutgoingOperation> ToDispatch, bool IncomingSettled);

/// <summary>A message that was handled, or a session that was committed.</summary>
/// <param name="Operations">What it sends; nothing once that is dispatched.</param>
sealed record OutboxRecord(IReadOnlyList<OutgoingOperation> Operations, bool IsDispatched);

/// <summary>A timeout whose messages lie in the store.</summary>
sealed record DueTimeout(Guid SagaId, string TimeoutId, IReadOnlyList<OutgoingOperation> Messages);

/// <param name="Commits">How many.</param>
/// <param name="Oldest">When the first of them was committed; null if there is none.</param>
sealed record OutboxBacklog(long Commits, DateTimeOffset? Oldest);

/// <summary>All that the handling of one message leads to.</summary>
/// <param name="id">Under which the store keeps what must leave: the incoming message's id as it came, or that of a session outside handlers.</param>
sealed class UnitOfWork(ReceivedMessage? incoming, IStorageSession session, string? id = null)
{
    public string? Id { get; } = id ?? (incoming is null ? null : ReceivePath.IdOf(incoming));

    /// <summary>Null for work begun outside a handler.</summary>
    public ReceivedMessage? Incoming => incoming;

    public IStorageSession Session => session;

    public List<OutgoingOperation> Outgoing { get; } = [];

    public List<SagaChange> Sagas => field ??= [];

    /// <summary>Rows that go, before those of the outgoing timeouts come.</summary>
    public List<TimeoutChange> Timeouts => field ??= [];

    /// <summary>Rows that come: each timeout that is sent, unless its saga has ended by then. A copy of the incoming message, as for the audit, may bear the mark of a timeout and is none.</summary>
    public IEnumerable<(PendingTimeout Timeout, OutgoingOperation Message)> Requested
    {
        get
        {
            var own = incoming is null ? null : PendingTimeout.IdIn(incoming.Headers);
            foreach (var message in Outgoing)
            {
                if (PendingTimeout.Of(message) is not { } timeout || timeout.TimeoutId == own) continue;
                if (!Sagas.Exists(change => change.Completed && change.Saga.Name == timeout.Saga && change.Data.Id == timeout.SagaId)) yield return (timeout, message);
            }
        }
    }

    /// <summary>The messages of timeouts that need not leave yet. A timeout that a behavior sends to several places is left to the transport.</summary>
    public IReadOnlySet<OutgoingOperation> NotDue(DateTimeOffset now)
    {
        List<(PendingTimeout Timeout, OutgoingOperation Message)> requested = [.. Requested];
        if (requested.Count == 0) return FrozenSet<OutgoingOperation>.Empty;
        return requested.Where(one => one.Message.DueAt > now && requested.Count(other => other.Timeout.TimeoutId == one.Timeout.TimeoutId) == 1)
            .Select(one => one.Message).ToHashSet<OutgoingOperation>(ReferenceEqualityComparer.Instance);
    }

    /// <summary>Takes over what a saga has taken back.</summary>
    public void Cancel(SagaTimeouts timeouts)
    {
        Timeouts.AddRange(timeouts.Cancelled.Select(cancelled => new TimeoutChange.Cancelled(cancelled.Saga, cancelled.SagaId, cancelled.State.FullName!)));
        timeouts.Cancelled.Clear();
        Outgoing.RemoveAll(operation => timeouts.IsDropped(operation.Headers));
    }
}

/// <summary>What becomes of a saga's rows for pending timeouts. Those of a saga that ends go by themselves.</summary>
abstract record TimeoutChange
{
    internal sealed record Rung(Guid SagaId, string TimeoutId) : TimeoutChange;

    /// <summary>All of the saga with state of this type.</summary>
    internal sealed record Cancelled(string Saga, Guid SagaId, string State) : TimeoutChange;
}

/// <summary>A commit found that somebody else was faster. Nothing of it was kept; the message is handled again, on what is there now, which counts as no failure.</summary>
class ConflictException(string message, Exception? inner = null) : InvalidOperationException(message, inner);

/// <summary>Another copy of the same message was committed while this one was handled.</summary>
sealed class CopyCommittedException(string messageId, Exception? inner = null)
    : ConflictException($"Another copy of message {messageId} was committed while this one was handled. This one is looked at again, and will be seen to be done.", inner);
