using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Tasks.Commands;

/// <summary>A person must decide before the order goes on. Sender: Sagas (OrderFulfilment). Receiver: Sagas (starts HumanTask). Undo: CloseTask.</summary>
/// <param name="TaskId">"{order}/task/{n}"; stays the same however often the command is repeated.</param>
/// <param name="Queue">The people who may claim it: "call centre".</param>
/// <param name="Question">What happened and what is to be decided, in words for the person.</param>
/// <param name="Lines">All lines of the order as they are now.</param>
/// <param name="Missing">Ids of the lines to decide on.</param>
/// <param name="AgreedTotal">The most that the customer agreed to pay so far.</param>
public sealed record OpenTask(
    string TaskId, string OrderId, TaskKind Kind, string Queue, string Question, IReadOnlyList<PricedLine> Lines, IReadOnlyList<string> Missing, Money AgreedTotal);

/// <summary>A customer could not be told something by any channel: somebody must call. Sender: Sagas (CustomerNotification). Receiver: Sagas (starts HumanTask). Undo: CloseTask.</summary>
/// <param name="TaskId">"{notification}/call"; stays the same however often the command is repeated.</param>
/// <param name="Queue">The people who may claim it: "call centre".</param>
/// <param name="Question">What the customer is to be told, and why nobody could so far, in words for the person and without personal data.</param>
public sealed record OpenCall(string TaskId, string OrderId, string NotificationId, string Queue, string Question, Contact Contact);

/// <summary>I take this task. One person has it at a time: who comes second hears TaskRefused. Sender: Desk. Receiver: Sagas (HumanTask).</summary>
/// <param name="By">The operator.</param>
public sealed record ClaimTask(string TaskId, string By);

/// <summary>I give this task back to its queue. Sender: Desk. Receiver: Sagas (HumanTask).</summary>
/// <param name="By">The operator who has it.</param>
public sealed record ReleaseTask(string TaskId, string By);

/// <summary>The decision; an open task is claimed by it. Sender: Desk. Receiver: Sagas (HumanTask).</summary>
/// <param name="By">The operator who has it.</param>
/// <param name="Lines">A decision for each missing line; empty with <paramref name="CancelReason"/>.</param>
/// <param name="AgreedTotal">The most that the customer has now agreed to pay, where that is more than before; otherwise null.</param>
/// <param name="CancelReason">The order is not to be fulfilled, and why, in words for the customer; null while it is.</param>
/// <param name="AnswerId">Tells one answer of an operator from another; what is told of the answer bears it.</param>
public sealed record AnswerTask(
    string TaskId, string By, IReadOnlyList<LineDecision> Lines, Money? AgreedTotal = null, string? CancelReason = null, string? AnswerId = null);

/// <summary>I called, or tried to; an open task is claimed by it. Sender: Desk. Receiver: Sagas (HumanTask).</summary>
/// <param name="By">The operator who has it.</param>
/// <param name="Reached">The customer knows now.</param>
/// <param name="AnswerId">Tells one answer of an operator from another; what is told of the answer bears it.</param>
public sealed record ReportCall(string TaskId, string By, bool Reached, string? AnswerId = null);

/// <summary>The answer is no longer needed. Sender: Sagas. Receiver: Sagas (HumanTask). No reply.</summary>
public sealed record CloseTask(string TaskId, string Reason);
