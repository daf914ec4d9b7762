using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Notifications.Commands;

/// <summary>Tell the customer, once, by whichever channel is right. Senders: Sagas (OrderFulfilment), Shop, which sends offers. Receiver: Sagas (starts CustomerNotification). No reply.</summary>
/// <param name="NotificationId">Stays the same however often the message is repeated: the customer is told once an id.</param>
/// <param name="Details">What is told beside the order's id: total, tracking number, reason; of an offer title and text; by name.</param>
/// <param name="Client">The API client whose customer it is: clients number their customers each for themselves.</param>
public sealed record NotifyCustomer(
    string OrderId, string NotificationId, NotificationKind Kind, Customer Customer, string TrackingId, IReadOnlyDictionary<string, string> Details,
    string Client = "");

/// <summary>How does this customer wish to be told? Sender: Sagas (CustomerNotification). Receiver: Notifications.</summary>
/// <param name="Letter">What is to be told. Where a letter is the only way to the customer, and it is no quiet hour, it is written at once, and what became of it is the reply. Null: only look.</param>
public sealed record LookUpPreferences(string NotificationId, string Client, string CustomerId, SendLetter? Letter = null);

/// <summary>Write this letter, once. Sender: Sagas (CustomerNotification). Receiver: Notifications.</summary>
/// <param name="NotificationId">A customer who has been told under this id, by whichever channel, is not told again.</param>
/// <param name="Language">Two letters; null where it is not known.</param>
public sealed record SendLetter(
    string NotificationId, string OrderId, NotificationKind Kind, string Name, string Email, string? Language, string TrackingId, IReadOnlyDictionary<string, string> Details);

/// <summary>Write this to the customer's chat in Telegram, at most once. Sender: Sagas (CustomerNotification). Receiver: Notifications.</summary>
/// <param name="NotificationId">A customer who has been told under this id, by whichever channel, is not told again.</param>
/// <param name="CustomerId">Whose chat it is; only Notifications knows its number.</param>
/// <param name="Language">Two letters; null where it is not known.</param>
public sealed record SendTelegram(
    string NotificationId, string OrderId, NotificationKind Kind, string Client, string CustomerId, string Name, string? Language, string TrackingId,
    IReadOnlyDictionary<string, string> Details);

/// <summary>Somebody wrote to our bot in Telegram: do what was asked for, and say so in the chat. Sender: Hooks. Receiver: Notifications. No reply.</summary>
/// <param name="Language">Two letters, by the person's own settings; null where it is not known.</param>
/// <param name="TokenHash">SHA-256 of the token with which a chat is to be linked, lower-case hex; null for other wishes.</param>
public sealed record AnswerTelegram(long ChatId, TelegramWish Wish, string? Language, string? TokenHash = null);

/// <summary>What somebody who writes to the bot wants.</summary>
public enum TelegramWish
{
    /// <summary>Nothing that the bot could do.</summary>
    Other = 0,

    /// <summary>To begin, without a link from a shop.</summary>
    Start = 1,

    /// <summary>To be told of orders in this chat from now on.</summary>
    Link = 2,

    /// <summary>Not to be told here any more.</summary>
    Stop = 3,
}

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

    /// <summary>Something that the shop would like to sell: marketing, for those only who agreed to hear such things.</summary>
    Offer = 5,

    /// <summary>A part of what the customer paid has been paid back.</summary>
    PartRefunded = 6,
}
