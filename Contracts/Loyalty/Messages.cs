namespace Dovetail.Contracts.Loyalty.Messages;

/// <summary>Reply to ReservePoints. Sender: Loyalty. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command: an order may ask for this more than once. Null from before it could.</param>
public sealed record PointsReserved(string OrderId, decimal Points, string? OperationId = null);

/// <summary>Reply to ReservePoints: there are not that many, or the card is unknown or blocked. Sender: Loyalty. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command: an order may ask for this more than once. Null from before it could.</param>
public sealed record PointsRefused(string OrderId, string Reason, string? OperationId = null);

/// <summary>Reply to ReleasePoints; also when none were set aside. Sender: Loyalty. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command: an order may ask for this more than once. Null from before it could.</param>
public sealed record PointsReleased(string OrderId, string? OperationId = null);

/// <summary>Reply to AccruePoints. Sender: Loyalty. Receiver: Sagas.</summary>
/// <param name="Points">Points earned with this order.</param>
public sealed record PointsAccrued(string OrderId, decimal Points);
