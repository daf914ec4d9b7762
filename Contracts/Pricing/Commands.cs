using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Pricing.Commands;

/// <summary>Calculate what the customer pays, discounts included. Sender: Sagas. Receiver: Pricing. Changes nothing there, so it needs no undo.</summary>
/// <param name="Lines">Every line has its unit price by now.</param>
public sealed record PriceOrder(string OrderId, string CustomerId, IReadOnlyList<OrderLine> Lines, string OperationId);
