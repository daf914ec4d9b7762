using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;

namespace Dovetail.Sagas.Orders;

/// <summary>An order as it was placed and as it became. What is stored for months is the saga's own, and no message, which may change with the next version.</summary>
sealed record PlacedOrder(
    string OrderId, string TrackingId, string Client, DateTimeOffset PlacedAt, Customer Customer, IReadOnlyList<OrderLine> Lines,
    Destination Destination, Money AgreedTotal, decimal PointsToSpend, string PaymentMethod)
{
    public static PlacedOrder Of(PlaceOrder order) => new(
        order.OrderId, order.TrackingId, order.Client, order.PlacedAt, order.Customer, order.Lines, order.Destination, order.AgreedTotal, order.PointsToSpend, order.PaymentMethod);
}
