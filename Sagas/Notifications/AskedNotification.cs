using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Orders;

namespace Dovetail.Sagas.Notifications;

/// <summary>What a customer is to be told, as the saga stores it: messages may change with the next version, what is stored stays.</summary>
sealed record AskedNotification(
    string OrderId, string NotificationId, NotificationKind Kind, Customer Customer, string TrackingId, IReadOnlyDictionary<string, string> Details, string Client = "")
{
    public static AskedNotification Of(NotifyCustomer asked, Customer customer) => new(asked.OrderId, asked.NotificationId, asked.Kind, customer, asked.TrackingId, asked.Details, asked.Client);
}
