using System.Globalization;
using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Sagas.Orders;

/// <summary>What the customer is told, once each.</summary>
static class Letters
{
    public static NotifyCustomer Confirmed(OrderState order) => Letter(order, NotificationKind.OrderConfirmed, ("total", order.Total!.ToString()));

    public static NotifyCustomer Shipped(OrderState order) => Letter(order, NotificationKind.OrderShipped, ("trackingNumber", order.TrackingNumber ?? order.ShipmentId));

    public static NotifyCustomer Delivered(OrderState order) => Letter(order, NotificationKind.OrderDelivered);

    public static NotifyCustomer Cancelled(OrderState order) => Letter(order, NotificationKind.OrderCancelled, ("reason", order.Ending!));

    /// <summary>An order may be amended more than once.</summary>
    public static NotifyCustomer Amended(OrderState order, Amendment change)
    {
        var letter = Letter(order, NotificationKind.OrderAmended, ("changes", change.Changes), ("total", order.Total!.ToString()));
        return letter with { NotificationId = string.Create(CultureInfo.InvariantCulture, $"{letter.NotificationId}/{change.Number}") };
    }

    public static NotifyCustomer PartRefunded(string orderId, PartRefund part, int number) => new(
        orderId, string.Create(CultureInfo.InvariantCulture, $"{orderId}/letter-{NotificationKind.PartRefunded}/{number}"), NotificationKind.PartRefunded,
        part.Customer!, part.TrackingId, new Dictionary<string, string> { ["amount"] = part.Amount.ToString(), ["reason"] = part.Reason }, part.Client);

    static NotifyCustomer Letter(OrderState order, NotificationKind kind, params (string Name, string Value)[] details) => new(
        order.OrderId, $"{order.OrderId}/letter-{kind}", kind, order.Order.Customer, order.Order.TrackingId,
        details.ToDictionary(detail => detail.Name, detail => detail.Value), order.Order.Client);
}
