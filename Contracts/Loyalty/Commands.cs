using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Loyalty.Commands;

/// <summary>Set points aside to pay a part of the order. Sender: Sagas. Receiver: Loyalty. Undo: ReleasePoints.</summary>
public sealed record ReservePoints(string OrderId, string LoyaltyCard, decimal Points, IReadOnlyList<PricedLine> Lines, string OperationId);

/// <summary>Give the points back that were set aside. Sender: Sagas. Receiver: Loyalty.</summary>
public sealed record ReleasePoints(string OrderId, string LoyaltyCard, string OperationId);

/// <summary>The order is delivered: points set aside are spent for good, points earned are credited. Sender: Sagas. Receiver: Loyalty.</summary>
/// <param name="Paid">What the customer paid in money.</param>
public sealed record AccruePoints(string OrderId, string LoyaltyCard, IReadOnlyList<PricedLine> Lines, Money Paid, string OperationId);
