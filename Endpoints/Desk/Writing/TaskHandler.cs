using Dovetail.Endpoints.Database;
using Dovetail.Endpoints.Desk.Reading;
using Dovetail.Endpoints.Live;
using NServiceBus;
using NServiceBus.Persistence;

namespace Dovetail.Endpoints.Desk.Writing;

/// <summary>Writes an event into its task.</summary>
sealed class TaskHandler<TEvent>(SharedWrites writes, Signals signals) : IHandleMessages<TEvent> where TEvent : class
{
    public Task Handle(TEvent message, IMessageHandlerContext context)
    {
        var fact = TaskFact.Of(message);
        var id = TaskIds.Public(fact.TaskId);
        Write(context.SynchronizedStorageSession, id, fact);
        signals.Announce(id, fact.Standing.Sequence);
        signals.Announce(DeskTasks.All, fact.Standing.Sequence);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Events come in any order and some come twice. So an entry is written once, and of whatever changes in a task the value of the highest
    /// sequence stays: the outcome is the same however they arrive.
    /// </summary>
    void Write(ISynchronizedStorageSession session, string id, TaskFact fact)
    {
        var (sequence, at, state, queue, claimant, deadline) = fact.Standing;
        writes.Add(session, id,
            $"""
            INSERT INTO DeskEntries (Id, Sequence, At, Kind, By, Text, AnswerId) VALUES ({id}, {sequence}, {at}, {fact.Kind}, {fact.By}, {fact.Text}, {fact.AnswerId})
            ON CONFLICT (Id, Sequence) DO NOTHING
            """);

        var opened = fact.Opened;
        writes.Add(session, id,
            $"""
            INSERT INTO DeskTasks (Id, OrderId, OpenedAt, Kind, Question, Lines, Missing, AgreedTotal, Currency, Contact, Until, Sequence, State, Queue, Claimant, Deadline, Due, Outcome, How)
            VALUES ({id}, {fact.OrderId}, {(opened is null ? null : at)}, {opened?.Kind}, {opened?.Question},
                {opened?.Lines}, {opened?.Missing}, {opened?.AgreedTotal?.Amount}, {opened?.AgreedTotal?.Currency}, {opened?.Contact}, {opened?.Limit},
                {sequence}, {TaskFact.Word(state)}, {queue}, {claimant}, {deadline}, {deadline ?? at},
                {(fact.Ended is { } ended ? TaskFact.Word(ended.Outcome) : null)}, {(fact.Ended is null ? null : fact.Text)})
            ON CONFLICT (Id) DO UPDATE SET
                OpenedAt = COALESCE(excluded.OpenedAt, DeskTasks.OpenedAt),
                Kind = COALESCE(excluded.Kind, DeskTasks.Kind),
                Question = COALESCE(excluded.Question, DeskTasks.Question),
                Lines = COALESCE(excluded.Lines, DeskTasks.Lines),
                Missing = COALESCE(excluded.Missing, DeskTasks.Missing),
                AgreedTotal = COALESCE(excluded.AgreedTotal, DeskTasks.AgreedTotal),
                Currency = COALESCE(excluded.Currency, DeskTasks.Currency),
                Contact = CASE WHEN excluded.Outcome IS NULL AND DeskTasks.Outcome IS NULL THEN COALESCE(excluded.Contact, DeskTasks.Contact) END,
                Until = COALESCE(excluded.Until, DeskTasks.Until),
                State = CASE WHEN excluded.Sequence > DeskTasks.Sequence THEN excluded.State ELSE DeskTasks.State END,
                Queue = CASE WHEN excluded.Sequence > DeskTasks.Sequence THEN excluded.Queue ELSE DeskTasks.Queue END,
                Claimant = CASE WHEN excluded.Sequence > DeskTasks.Sequence THEN excluded.Claimant ELSE DeskTasks.Claimant END,
                Deadline = CASE WHEN excluded.Sequence > DeskTasks.Sequence THEN excluded.Deadline ELSE DeskTasks.Deadline END,
                Due = CASE WHEN excluded.Sequence > DeskTasks.Sequence THEN excluded.Due ELSE DeskTasks.Due END,
                Sequence = CASE WHEN excluded.Sequence > DeskTasks.Sequence THEN excluded.Sequence ELSE DeskTasks.Sequence END,
                Outcome = COALESCE(excluded.Outcome, DeskTasks.Outcome),
                How = COALESCE(excluded.How, DeskTasks.How)
            """);
    }
}
