using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Pricing.Messages;

/// <summary>Reply to PriceOrder. Sender: Pricing. Receiver: Sagas.</summary>
/// <param name="Total">The sum of the lines' totals.</param>
public sealed record OrderPriceCalculated(string OrderId, IReadOnlyList<PricedLine> Lines, Money Total);

/// <summary>Reply to PriceOrder: the pricing service knows no price for this order. Sender: Pricing. Receiver: Sagas.</summary>
public sealed record OrderPriceRefused(string OrderId, string Reason);
