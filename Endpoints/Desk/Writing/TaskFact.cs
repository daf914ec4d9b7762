using System.Text.Json;
using Dovetail.Contracts;
using Dovetail.Contracts.Tasks;
using Dovetail.Contracts.Tasks.Events;

namespace Dovetail.Endpoints.Desk.Writing;

/// <summary>What an event adds to a task.</summary>
/// <param name="By">Who did it, or whose wish was refused.</param>
/// <param name="AnswerId">Of which of somebody's answers it tells.</param>
sealed record TaskFact(string TaskId, string OrderId, TaskStanding Standing, string Kind, string? By, string Text, string? AnswerId = null)
{
    /// <summary>Set by the first event alone.</summary>
    public Opening? Opened { get; init; }

    /// <summary>Set by the last event alone.</summary>
    public TaskEnded? Ended { get; init; }

    public static TaskFact Of(object message) => message switch
    {
        TaskOpened e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Opened, null, $"Opened for the {e.Standing.Queue}: {Plain(e.Question)}.") { Opened = Opening.Of(e) },
        CallOpened e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Opened, null, $"Opened for the {e.Standing.Queue}: {Plain(e.Question)}.") { Opened = Opening.Of(e) },
        TaskClaimed e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Claimed, e.By, $"{e.By} claimed it."),
        TaskReleased e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Released, e.By, $"{e.By} gave it back."),
        TaskRefused e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Refused, e.By, Capital($"{Plain(e.Why)}."), e.AnswerId),
        TaskReminded e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Reminded, null, "It waits for long: a reminder."),
        TaskEscalated e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Escalated, null, $"It was handed to the {e.Standing.Queue}."),
        TaskEnded e => new(e.TaskId, e.OrderId, e.Standing, Kinds.Ended, e.By, Capital($"{Plain(e.How)}."), e.AnswerId) { Ended = e },
        _ => throw new InvalidOperationException(
            $"{message.GetType().Name} tells of a task, but the desk has no words for it. Add them to {nameof(TaskFact)}.{nameof(Of)}, then retry the message from the error queue."),
    };

    public static string Word(TaskState state) => state switch
    {
        TaskState.Open => States.Open,
        TaskState.Claimed => States.Claimed,
        _ => States.Ended,
    };

    public static string Word(TaskOutcome outcome) => outcome switch
    {
        TaskOutcome.Answered => Outcomes.Answered,
        TaskOutcome.Closed => Outcomes.Closed,
        _ => Outcomes.Unanswered,
    };

    /// <summary>Words from elsewhere, to end a sentence of ours with.</summary>
    static string Plain(string words) => words.Trim().TrimEnd('.');

    static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}

/// <summary>What is asked, as the desk keeps it.</summary>
/// <param name="Kind">One of <see cref="TaskKinds"/>.</param>
/// <param name="Lines">JSON; null for a call, like the next two.</param>
/// <param name="Contact">JSON; for a call alone.</param>
sealed record Opening(string Kind, string Question, DateTimeOffset Limit, string? Lines, string? Missing, Money? AgreedTotal, string? Contact)
{
    public static Opening Of(TaskOpened task) => new(
        task.Kind == TaskKind.Substitution ? TaskKinds.Substitution : TaskKinds.Other, task.Question, task.Limit, JsonSerializer.Serialize(task.Lines), JsonSerializer.Serialize(task.Missing),
        task.AgreedTotal, null);

    public static Opening Of(CallOpened call) => new(TaskKinds.Call, call.Question, call.Limit, null, null, null, JsonSerializer.Serialize(call.Contact));
}

/// <summary>The words of the public API for how a task ended.</summary>
static class Outcomes
{
    public const string Answered = "answered";
    public const string Closed = "closed";
    public const string Unanswered = "unanswered";
}
