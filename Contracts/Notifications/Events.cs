using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Contracts.Notifications.Events;

/// <summary>The customer could not be told, by any channel: a person should call. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Why">What each channel said, without personal data.</param>
public sealed record CustomerNotReached(string OrderId, string NotificationId, NotificationKind Kind, DateTimeOffset At, string Why);
