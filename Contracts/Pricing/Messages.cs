using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Pricing.Messages;

/// <summary>Reply to PriceOrder. Sender: Pricing. Receiver: Sagas.</summary>
/// <param name="Total">The sum of the lines' totals.</param>
/// <param name="OperationId">That of the command: an order may ask for this more than once. Null from before it could.</param>
public sealed record OrderPriceCalculated(string OrderId, IReadOnlyList<PricedLine> Lines, Money Total, string? OperationId = null);

/// <summary>Reply to PriceOrder: the pricing service knows no price for this order. Sender: Pricing. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command: an order may ask for this more than once. Null from before it could.</param>
public sealed record OrderPriceRefused(string OrderId, string Reason, string? OperationId = null);
