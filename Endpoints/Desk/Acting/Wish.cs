using Dovetail.Endpoints.Desk.Reading;
using Dovetail.Endpoints.Desk.Writing;

namespace Dovetail.Endpoints.Desk.Acting;

/// <summary>What an operator wants of a task.</summary>
enum Wish
{
    Claim,
    Release,
    Answer,
}

/// <summary>What became of a wish.</summary>
/// <param name="Refusal">Why it was not done; null if it was.</param>
sealed record Outcome(string? Refusal)
{
    public static readonly Outcome Done = new((string?)null);

    /// <summary>Null while it is not known.</summary>
    /// <param name="after">The highest event of the task that had been seen when the wish came.</param>
    /// <param name="answerId">Which answer it is of all that the operator may have given; null for other wishes.</param>
    /// <param name="entries">By sequence.</param>
    public static Outcome? Of(Wish wish, string by, int after, string? answerId, TaskRow task, IReadOnlyList<EntryRow> entries)
    {
        // Across a gap nobody sees whose wish was first. What fills it is on its way.
        foreach (var entry in entries.Where(entry => entry.Sequence > after).TakeWhile((entry, index) => entry.Sequence == after + index + 1))
        {
            var isMine = entry.By == by;
            if (entry.Kind == Kinds.Ended) return wish == Wish.Answer && isMine && (entry.AnswerId ?? answerId) == answerId ? Done : new(Over(task));
            if (entry.Kind == Kinds.Refused && isMine && entry.AnswerId == answerId) return new(entry.Text);
            if (entry.Kind == Event(wish) && isMine) return Done;
        }

        return IsSoAlready(wish, by, task) ? Done : null;
    }

    /// <summary>Nobody tells of a wish that changed nothing.</summary>
    static bool IsSoAlready(Wish wish, string by, TaskRow task) => wish switch
    {
        Wish.Claim => task.Claimant == by,
        Wish.Release => task.State == States.Open,
        _ => false,
    };

    public static string Over(TaskRow task) => $"The task has ended. {task.How} Look at the order for what became of it: {Links.Journey(task.OrderId)}.";

    static string? Event(Wish wish) => wish switch
    {
        Wish.Claim => Kinds.Claimed,
        Wish.Release => Kinds.Released,
        _ => null,
    };
}
