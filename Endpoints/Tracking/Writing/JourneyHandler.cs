using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Live;
using NServiceBus;
using NServiceBus.Persistence;

namespace Dovetail.Endpoints.Tracking.Writing;

/// <summary>Writes an event into the journey of its order.</summary>
sealed class JourneyHandler<TEvent>(SharedWrites writes, Signals signals) : IHandleMessages<TEvent> where TEvent : class
{
    public Task Handle(TEvent message, IMessageHandlerContext context)
    {
        var fact = JourneyFact.Of(message);
        Write(context.SynchronizedStorageSession, fact);
        signals.Announce(fact.OrderId, fact.Standing.Sequence);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Events come in any order and some come twice. So an entry is written once, and of whatever changes in an order the value of the highest
    /// sequence stays: the outcome is the same however they arrive.
    /// </summary>
    void Write(ISynchronizedStorageSession session, JourneyFact fact)
    {
        var (sequence, at, owner, waiting, deadline) = fact.Standing;
        writes.Add(session, fact.OrderId,
            $"""
            INSERT INTO JourneyEntries (OrderId, Sequence, At, Kind, Text, CustomerText)
            VALUES ({fact.OrderId}, {sequence}, {at}, {fact.Kind}, {fact.Text}, {fact.CustomerText})
            ON CONFLICT (OrderId, Sequence) DO NOTHING
            """);

        var totalAt = fact.Total is null ? 0 : sequence;
        var taskAt = fact.Kind is Kinds.NeedsAttention or Kinds.AttentionEnded or Kinds.Completed or Kinds.Cancelled ? sequence : 0;
        var ended = fact.Kind is Kinds.Completed or Kinds.Cancelled ? fact.Kind : null;
        writes.Add(session, fact.OrderId,
            $"""
            INSERT INTO Journeys (OrderId, Client, TrackingId, PlacedAt, TotalSequence, Total, Currency, Sequence, Owner, Waiting, Deadline, TaskSequence, Queue, Why, Ended, CancelledBecause)
            VALUES ({fact.OrderId}, {fact.Placed?.Client}, {fact.Placed?.TrackingId}, {fact.Placed?.At}, {totalAt}, {fact.Total?.Amount}, {fact.Total?.Currency},
                {sequence}, {owner}, {waiting}, {deadline}, {taskAt}, {fact.Task?.Queue}, {fact.Task?.Why}, {ended}, {fact.CancelledBecause})
            ON CONFLICT (OrderId) DO UPDATE SET
                Client = COALESCE(excluded.Client, Journeys.Client),
                TrackingId = COALESCE(excluded.TrackingId, Journeys.TrackingId),
                PlacedAt = COALESCE(excluded.PlacedAt, Journeys.PlacedAt),
                Total = CASE WHEN excluded.TotalSequence > Journeys.TotalSequence THEN excluded.Total ELSE Journeys.Total END,
                Currency = CASE WHEN excluded.TotalSequence > Journeys.TotalSequence THEN excluded.Currency ELSE Journeys.Currency END,
                TotalSequence = CASE WHEN excluded.TotalSequence > Journeys.TotalSequence THEN excluded.TotalSequence ELSE Journeys.TotalSequence END,
                Owner = CASE WHEN excluded.Sequence > Journeys.Sequence THEN excluded.Owner ELSE Journeys.Owner END,
                Waiting = CASE WHEN excluded.Sequence > Journeys.Sequence THEN excluded.Waiting ELSE Journeys.Waiting END,
                Deadline = CASE WHEN excluded.Sequence > Journeys.Sequence THEN excluded.Deadline ELSE Journeys.Deadline END,
                Sequence = CASE WHEN excluded.Sequence > Journeys.Sequence THEN excluded.Sequence ELSE Journeys.Sequence END,
                Queue = CASE WHEN excluded.TaskSequence > Journeys.TaskSequence THEN excluded.Queue ELSE Journeys.Queue END,
                Why = CASE WHEN excluded.TaskSequence > Journeys.TaskSequence THEN excluded.Why ELSE Journeys.Why END,
                TaskSequence = CASE WHEN excluded.TaskSequence > Journeys.TaskSequence THEN excluded.TaskSequence ELSE Journeys.TaskSequence END,
                Ended = COALESCE(excluded.Ended, Journeys.Ended),
                CancelledBecause = COALESCE(excluded.CancelledBecause, Journeys.CancelledBecause)
            """);
    }
}
