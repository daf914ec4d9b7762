using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Loyalty.Commands;

/// <summary>Set points aside to pay a part of the order. Sender: Sagas. Receiver: Loyalty. Undo: ReleasePoints.</summary>
/// <param name="Purchase">What the loyalty programme is to call the purchase; null for the order's id. Points that are set aside anew need a purchase of their own.</param>
public sealed record ReservePoints(string OrderId, string LoyaltyCard, decimal Points, IReadOnlyList<PricedLine> Lines, string OperationId, string? Purchase = null);

/// <summary>Give the points back that were set aside. Sender: Sagas. Receiver: Loyalty.</summary>
/// <param name="Purchase">That of ReservePoints.</param>
/// <param name="Settled">A person did it by hand: it is done, and not to be done once more by whoever finds a copy of this command.</param>
public sealed record ReleasePoints(string OrderId, string LoyaltyCard, string OperationId, string? Purchase = null, bool Settled = false);

/// <summary>The order is delivered: points set aside are spent for good, points earned are credited. Sender: Sagas. Receiver: Loyalty.</summary>
/// <param name="Paid">What the customer paid in money.</param>
/// <param name="Purchase">That of ReservePoints.</param>
/// <param name="Settled">A person did it by hand: it is done, and not to be done once more by whoever finds a copy of this command.</param>
public sealed record AccruePoints(
    string OrderId, string LoyaltyCard, IReadOnlyList<PricedLine> Lines, Money Paid, string OperationId, string? Purchase = null, bool Settled = false);
