namespace Dovetail.Contracts.Oms.Messages;

/// <summary>Reply to RegisterOrder. Sender: Oms. Receiver: Sagas.</summary>
/// <param name="OmsNumber">The number by which the call centre knows the order.</param>
public sealed record OmsOrderRegistered(string OrderId, string OmsNumber);

/// <summary>Reply to RegisterOrder: the order management system will not take this order. Sender: Oms. Receiver: Sagas.</summary>
public sealed record OmsOrderRefused(string OrderId, string Reason);

/// <summary>Reply to CheckPicking. Sender: Oms. Receiver: Sagas.</summary>
/// <param name="MissingLines">Ids of the lines that are not there; only with <see cref="PickingState.OutOfStock"/>.</param>
public sealed record PickingReported(string OrderId, PickingState State, IReadOnlyList<string> MissingLines);

/// <summary>Reply to CancelOmsOrder. Sender: Oms. Receiver: Sagas.</summary>
public sealed record OmsOrderCancelled(string OrderId);

/// <summary>How far picking is.</summary>
public enum PickingState
{
    /// <summary>Not begun, or under way.</summary>
    InProgress = 0,

    /// <summary>Everything is picked and packed.</summary>
    Picked = 1,

    /// <summary>Goods are missing, and there is no substitute.</summary>
    OutOfStock = 2,

    /// <summary>Somebody cancelled the order in the order management system itself.</summary>
    Cancelled = 3,
}
