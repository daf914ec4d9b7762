namespace Dovetail.Contracts.Oms.Messages;

/// <summary>Reply to RegisterOrder. Sender: Oms. Receiver: Sagas.</summary>
/// <param name="OmsNumber">The number by which the call centre knows the order.</param>
public sealed record OmsOrderRegistered(string OrderId, string OmsNumber);

/// <summary>Reply to AmendOrder: the order has its new lines, and they are being picked. Sender: Oms. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command.</param>
public sealed record OmsOrderAmended(string OrderId, string OperationId);

/// <summary>Reply to RegisterOrder and AmendOrder: the order management system will not take this order. Sender: Oms. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command; null from before orders were amended.</param>
public sealed record OmsOrderRefused(string OrderId, string Reason, string? OperationId = null);

/// <summary>Reply to CheckPicking. Sender: Oms. Receiver: Sagas.</summary>
/// <param name="MissingLines">Ids of the lines that are not there; only with <see cref="PickingState.OutOfStock"/>.</param>
/// <param name="Lines">Ids of all lines that the order had there: what is said of others than it has by now is old. Null where that is not known, and from before it was told.</param>
public sealed record PickingReported(string OrderId, PickingState State, IReadOnlyList<string> MissingLines, IReadOnlyList<string>? Lines = null);

/// <summary>Reply to CancelOmsOrder. Sender: Oms. Receiver: Sagas.</summary>
public sealed record OmsOrderCancelled(string OrderId);

/// <summary>How far picking is.</summary>
public enum PickingState
{
    /// <summary>Not begun, or under way.</summary>
    InProgress = 0,

    /// <summary>Everything is picked and packed.</summary>
    Picked = 1,

    /// <summary>Goods are missing: a person decides what the customer gets instead.</summary>
    OutOfStock = 2,

    /// <summary>Somebody cancelled the order in the order management system itself.</summary>
    Cancelled = 3,
}
