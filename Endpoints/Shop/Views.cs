using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;

namespace Dovetail.Endpoints.Shop;

/// <summary>An order as it was accepted.</summary>
sealed record OrderView(
    string OrderId, string Status, DateTimeOffset PlacedAt, CustomerView Customer, Destination Destination, IReadOnlyList<OrderLine> Lines,
    Money AgreedTotal, decimal PointsToSpend, string PaymentMethod, string Journey, string TrackingPage)
{
    public static OrderView Of(PlaceOrder order) => new(
        order.OrderId, ReceiptView.Accepted, order.PlacedAt,
        new(order.Customer.CustomerId, order.Customer.Name, order.Customer.Email, order.Customer.Phone, order.Customer.LoyaltyCard),
        order.Destination, order.Lines, order.AgreedTotal, order.PointsToSpend, order.PaymentMethod,
        Links.Journey(order.OrderId), Links.TrackingPage(order.TrackingId));
}

sealed record CustomerView(string Id, string Name, string Email, string Phone, string? LoyaltyCard);

/// <summary>What the client hears when its request was taken on.</summary>
sealed record ReceiptView(string OrderId, string Status, string Journey, string TrackingPage)
{
    public const string Accepted = "accepted";
    public const string Cancelling = "cancellation-requested";
    public const string Resuming = "resume-requested";

    public static ReceiptView Of(string orderId, string status, string trackingId) => new(orderId, status, Links.Journey(orderId), Links.TrackingPage(trackingId));
}

/// <summary>What the support desk hears when a refund was taken on; the journey tells what became of it.</summary>
sealed record RefundReceiptView(string OrderId, string Status, string RefundId, string Journey, string TrackingPage)
{
    public static RefundReceiptView Of(RefundPart wish) => new(wish.OrderId, "refund-requested", wish.RefundId, Links.Journey(wish.OrderId), Links.TrackingPage(wish.TrackingId));
}

/// <summary>What a shop hears when an offer was taken on. Whether the customer agreed to such things, it is not told.</summary>
sealed record OfferReceiptView(string OrderId, string Status, string OfferId)
{
    public static OfferReceiptView Of(string orderId, string offerId) => new(orderId, "offer-taken-on", offerId);
}

/// <summary>One line of the list of orders.</summary>
sealed record OrderSummary(string OrderId, DateTimeOffset PlacedAt, string Order, string Journey, string TrackingPage)
{
    public static OrderSummary Of(OrderRow row) => new(row.OrderId, row.PlacedAt, Links.Order(row.OrderId), Links.Journey(row.OrderId), Links.TrackingPage(row.TrackingId));
}

sealed record OrderList(IReadOnlyList<OrderSummary> Items, string? NextCursor);

/// <summary>Paths at the gateway; relative, since the address by which clients know it is not ours to say.</summary>
static class Links
{
    public static string Order(string orderId) => $"/v1/orders/{orderId}";

    public static string Journey(string orderId) => $"/v1/orders/{orderId}/journey";

    public static string TrackingPage(string trackingId) => $"/track/{trackingId}";
}
