namespace Dovetail.Contracts.Tasks.Messages;

/// <summary>Reply to OpenTask: a person decided. Sender: Sagas (HumanTask). Receiver: Sagas (OrderFulfilment).</summary>
/// <param name="Lines">A decision for each missing line; empty with <paramref name="CancelReason"/>.</param>
/// <param name="AgreedTotal">The most that the customer has now agreed to pay, where that is more than before; otherwise null.</param>
/// <param name="CancelReason">The order is not to be fulfilled, and why; null while it is.</param>
public sealed record TaskAnswered(
    string TaskId, string OrderId, string By, IReadOnlyList<LineDecision> Lines, Money? AgreedTotal = null, string? CancelReason = null);

/// <summary>Reply to OpenTask: nobody decided in time. Sender: Sagas (HumanTask). Receiver: Sagas (OrderFulfilment).</summary>
public sealed record TaskUnanswered(string TaskId, string OrderId);

/// <summary>Reply to OpenCall: the customer was reached, could not be, or nobody called. Sender: Sagas (HumanTask). Receiver: Sagas (CustomerNotification).</summary>
/// <param name="By">Who called; null if nobody did.</param>
public sealed record CallEnded(string TaskId, string OrderId, string NotificationId, CallResult Result, string? By = null);
