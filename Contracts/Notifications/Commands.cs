using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Notifications.Commands;

/// <summary>Tell the customer, once. Sender: Sagas. Receiver: Notifications. No reply.</summary>
/// <param name="NotificationId">Stays the same however often the message is repeated: one letter an id.</param>
/// <param name="Details">What the letter needs beside the order's id: total, tracking number, reason; by name.</param>
public sealed record NotifyCustomer(
    string OrderId, string NotificationId, NotificationKind Kind, Customer Customer, string TrackingId, IReadOnlyDictionary<string, string> Details);

/// <summary>What the customer hears about.</summary>
public enum NotificationKind
{
    /// <summary>The order is paid for and being put together.</summary>
    OrderConfirmed = 0,

    /// <summary>The goods are with the carrier.</summary>
    OrderShipped = 1,

    /// <summary>The goods are delivered.</summary>
    OrderDelivered = 2,

    /// <summary>The order is cancelled and nothing was charged, or all was paid back.</summary>
    OrderCancelled = 3,

    /// <summary>Goods were missing: the order has other lines, and may have another total.</summary>
    OrderAmended = 4,
}
