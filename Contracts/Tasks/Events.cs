using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Tasks.Events;

/// <summary>People are asked; this is all that they need to see. Publisher: Sagas. Subscriber: Desk.</summary>
/// <param name="Question">What happened and what is to be decided.</param>
/// <param name="Lines">All lines of the order as they are now.</param>
/// <param name="Missing">Ids of the lines to decide on.</param>
/// <param name="AgreedTotal">The most that the customer agreed to pay so far: if the order comes to more, the customer must be asked.</param>
/// <param name="Limit">When the hub decides by itself if nobody has.</param>
public sealed record TaskOpened(
    string TaskId, string OrderId, TaskStanding Standing, TaskKind Kind, string Question, IReadOnlyList<PricedLine> Lines, IReadOnlyList<string> Missing,
    Money AgreedTotal, DateTimeOffset Limit);

/// <summary>People are asked to call a customer. Publisher: Sagas. Subscriber: Desk.</summary>
/// <param name="Question">What the customer is to be told, and why nobody could so far.</param>
/// <param name="Contact">Where to call. It is for those who have the task alone, and kept no longer than the task runs.</param>
/// <param name="Limit">When the task ends if nobody has called.</param>
public sealed record CallOpened(string TaskId, string OrderId, TaskStanding Standing, string Question, Contact Contact, DateTimeOffset Limit);

/// <summary>One person has the task now. Publisher: Sagas. Subscriber: Desk.</summary>
public sealed record TaskClaimed(string TaskId, string OrderId, TaskStanding Standing, string By);

/// <summary>The task was given back: anybody of its queue may claim it. Publisher: Sagas. Subscriber: Desk.</summary>
public sealed record TaskReleased(string TaskId, string OrderId, TaskStanding Standing, string By);

/// <summary>What a person asked of the task was not done: someone else has it, it has ended, or the answer can't be carried out. Publisher: Sagas. Subscriber: Desk.</summary>
/// <param name="By">Whose claim, release or answer it was.</param>
/// <param name="Why">What is wrong, and what to do.</param>
/// <param name="AnswerId">That of the answer; null for a claim or release.</param>
public sealed record TaskRefused(string TaskId, string OrderId, TaskStanding Standing, string By, string Why, string? AnswerId = null);

/// <summary>The task has waited for a while. Publisher: Sagas. Subscriber: Desk.</summary>
public sealed record TaskReminded(string TaskId, string OrderId, TaskStanding Standing);

/// <summary>The task went to the support lead's queue; whoever had claimed it has it no more. Publisher: Sagas. Subscriber: Desk.</summary>
public sealed record TaskEscalated(string TaskId, string OrderId, TaskStanding Standing);

/// <summary>Nobody needs to do anything about it any more. Publisher: Sagas. Subscriber: Desk.</summary>
/// <param name="How">Who decided what, why it is no longer needed, or what the hub does instead.</param>
/// <param name="By">Who decided; null if nobody did.</param>
/// <param name="AnswerId">That of the answer that was taken; null if nobody decided.</param>
public sealed record TaskEnded(
    string TaskId, string OrderId, TaskStanding Standing, TaskOutcome Outcome, string How, string? By = null, string? AnswerId = null);
