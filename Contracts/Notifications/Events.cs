using Dovetail.Contracts.Notifications.Commands;

namespace Dovetail.Contracts.Notifications.Events;

/// <summary>The customer could not be told, by any channel: people are asked to call. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="Why">What each channel said, without personal data.</param>
/// <param name="Queue">Who is to call; null where nobody is, as for an offer.</param>
/// <param name="CallBy">When nobody is waited for any more; null with <paramref name="Queue"/>.</param>
public sealed record CustomerNotReached(
    string OrderId, string NotificationId, NotificationKind Kind, DateTimeOffset At, string Why, string? Queue = null, DateTimeOffset? CallBy = null);

/// <summary>Nobody needs to call any more: the customer knows, or will not know from us. Publisher: Sagas. Subscriber: Tracking.</summary>
/// <param name="How">Who reached the customer or did not, in words and without personal data.</param>
public sealed record CustomerCallEnded(string OrderId, string NotificationId, NotificationKind Kind, DateTimeOffset At, bool IsTold, string How);
