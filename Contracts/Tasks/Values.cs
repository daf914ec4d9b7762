namespace Dovetail.Contracts.Tasks;

/// <summary>What a person is to decide. Calls are asked for by messages of their own.</summary>
public enum TaskKind
{
    /// <summary>Goods of an order are missing: what the customer gets instead, if anything.</summary>
    Substitution = 0,
}

/// <summary>Who has a task.</summary>
public enum TaskState
{
    /// <summary>Nobody: whoever of the queue claims it first.</summary>
    Open = 0,

    /// <summary>One person, who is to answer it or give it back.</summary>
    Claimed = 1,

    /// <summary>Nobody any more.</summary>
    Ended = 2,
}

/// <summary>How a task ended.</summary>
public enum TaskOutcome
{
    /// <summary>Somebody decided.</summary>
    Answered = 0,

    /// <summary>Its answer is no longer needed.</summary>
    Closed = 1,

    /// <summary>Nobody decided in time.</summary>
    Unanswered = 2,
}

/// <summary>How a call ended that somebody was asked for.</summary>
public enum CallResult
{
    /// <summary>The customer knows now.</summary>
    Reached = 0,

    /// <summary>Somebody called, in vain.</summary>
    NotReached = 1,

    /// <summary>Nobody called in time.</summary>
    NotMade = 2,
}

/// <summary>Where to call a customer, or to write by hand.</summary>
public sealed record Contact(string Name, string Phone, string Email);

/// <summary>Where a task stands after an event.</summary>
/// <param name="Sequence">Counts the task's events from 1 without gaps; orders them, as messages may arrive in any order.</param>
/// <param name="Queue">The people who may claim it: "call centre", later "support lead".</param>
/// <param name="Claimant">Who has claimed it; null while it is open, and when it has ended.</param>
/// <param name="Deadline">When the hub reminds, escalates or decides by itself; null when the task has ended.</param>
public sealed record TaskStanding(int Sequence, DateTimeOffset At, TaskState State, string Queue, string? Claimant = null, DateTimeOffset? Deadline = null);

/// <summary>What becomes of one line whose goods are missing.</summary>
/// <param name="LineId">The line that is missing.</param>
/// <param name="Substitute">What the customer gets instead, with a line id that the order does not have yet, and a unit price; null: the line is dropped.</param>
public sealed record LineDecision(string LineId, Orders.OrderLine? Substitute = null);
