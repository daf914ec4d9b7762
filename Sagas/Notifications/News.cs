using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Sagas.Notifications;

/// <summary>What a person who calls is to say. Without personal data: it stands in the task for longer than the task runs.</summary>
static class News
{
    public static string ToTell(AskedNotification notification, string why) => $"Tell the customer that {Of(notification)}. Nothing else reached them: {why.TrimEnd('.')}";

    static string Of(AskedNotification notification) => notification.Kind switch
    {
        NotificationKind.OrderConfirmed => $"the order is confirmed and being put together{Detail(notification, "total", ", for ")}",
        NotificationKind.OrderShipped => $"the goods are on their way{Detail(notification, "trackingNumber", ", under the number ")}",
        NotificationKind.OrderDelivered => "the goods are delivered",
        NotificationKind.OrderCancelled => $"the order is cancelled, and nothing is to be paid{Detail(notification, "reason", "; the reason: ")}",
        NotificationKind.OrderAmended => $"the order was changed{Detail(notification, "changes", ": ")}{Detail(notification, "total", ", for ")} in all",
        NotificationKind.PartRefunded => $"a part of the money was paid back{Detail(notification, "amount", ": ")}{Detail(notification, "reason", ", for this reason: ")}",
        _ => "there is news of the order: look at its journey",
    };

    static string Detail(AskedNotification notification, string name, string before) => notification.Details.TryGetValue(name, out var detail) ? $"{before}{detail.TrimEnd('.')}" : "";
}
