using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Notifications.Messages;

namespace Dovetail.Sagas.Notifications;

/// <summary>What may be told to whom, when, and in which way.</summary>
static class Manners
{
    /// <summary>Told at any hour: the customer's money and whether the goods come at all.</summary>
    public static bool IsUrgent(NotificationKind kind) => kind is NotificationKind.OrderCancelled or NotificationKind.OrderAmended;

    /// <summary>For customers only who agreed. All else is a service message, which belongs to the order that they placed.</summary>
    public static bool IsMarketing(NotificationKind kind) => kind is NotificationKind.Offer;

    /// <summary>Nobody is rung up for an offer.</summary>
    public static bool MayCall(NotificationKind kind) => !IsMarketing(kind);

    public static bool MayTell(NotificationKind kind, PreferencesFound customer) => !IsMarketing(kind) || customer.AgreesToOffers;

    public static bool MustWait(NotificationKind kind, PreferencesFound customer, DateTimeOffset now) => !IsUrgent(kind) && customer.QuietUntil > now;

    /// <summary>What to try, one after the other. An offer is never pressed upon somebody by a channel that he does not prefer.</summary>
    public static List<Channel> Channels(NotificationKind kind, PreferencesFound customer) => (customer.HasTelegram, customer.PrefersTelegram, IsMarketing(kind)) switch
    {
        (true, true, true) => [Channel.Telegram],
        (true, true, false) => [Channel.Telegram, Channel.Letter],
        (true, false, false) => [Channel.Letter, Channel.Telegram],
        _ => [Channel.Letter],
    };

    public static string Name(Channel channel) => channel == Channel.Letter ? "e-mail" : "Telegram";
}
