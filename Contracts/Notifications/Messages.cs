namespace Dovetail.Contracts.Notifications.Messages;

/// <summary>Reply to LookUpPreferences: how the customer wishes to be told, as far as that is known. Sender: Notifications. Receiver: Sagas (CustomerNotification).</summary>
/// <param name="HasTelegram">A chat in Telegram is linked to the customer.</param>
/// <param name="PrefersTelegram">It is to be tried before e-mail.</param>
/// <param name="AgreesToOffers">The customer agreed to marketing, and has not taken that back.</param>
/// <param name="QuietUntil">When the customer's quiet hours end; null outside of them.</param>
/// <param name="Language">Two letters; null where it is not known.</param>
public sealed record PreferencesFound(
    string NotificationId, bool HasTelegram, bool PrefersTelegram, bool AgreesToOffers, DateTimeOffset? QuietUntil, string? Language);

/// <summary>Reply to SendLetter, and to LookUpPreferences with a letter: the mail server took it, or the customer had been told already. Sender: Notifications. Receiver: Sagas (CustomerNotification).</summary>
public sealed record LetterSent(string NotificationId);

/// <summary>Reply to SendLetter, and to LookUpPreferences with a letter: no mail server takes a letter to this address. Sender: Notifications. Receiver: Sagas (CustomerNotification).</summary>
public sealed record LetterRefused(string NotificationId, string Reason);

/// <summary>Reply to SendTelegram: the customer has it in the chat, or had been told already. Sender: Notifications. Receiver: Sagas (CustomerNotification).</summary>
/// <param name="IsCertain">False: the line broke off, so nobody knows. It is not sent there again.</param>
public sealed record TelegramSent(string NotificationId, bool IsCertain);

/// <summary>Reply to SendTelegram: not by this channel, as the customer has blocked the bot, for example. Sender: Notifications. Receiver: Sagas (CustomerNotification).</summary>
public sealed record TelegramRefused(string NotificationId, string Reason);

/// <summary>Reply to SendTelegram: nothing was sent, and Telegram wants to be left alone for a while. Sender: Notifications. Receiver: Sagas (CustomerNotification).</summary>
public sealed record TelegramPostponed(string NotificationId, DateTimeOffset Until);

/// <summary>Reply to SendLetter and SendTelegram, and to LookUpPreferences with a letter: the customer has been told of something later, so this is not sent any more. Sender: Notifications. Receiver: Sagas (CustomerNotification).</summary>
public sealed record NotificationOvertaken(string NotificationId);
