using System.Globalization;

namespace Dovetail.Endpoints.Notifications.Preferences;

/// <summary>How a customer wishes to be told, as a shop sees it. The number of the chat is nobody's business.</summary>
/// <param name="Channel">"telegram": there if a chat is linked, otherwise by e-mail. "email": always by e-mail.</param>
sealed record PreferencesView(string CustomerId, string Channel, TelegramView Telegram, string? Language, QuietHoursView? QuietHours, ConsentView? Marketing)
{
    public static PreferencesView Of(PreferencesRow row, ConsentRow? consent) => new(
        row.CustomerId, row.PrefersLetters ? "email" : "telegram", new(row.ChatId is not null, row.LinkedAt, row.LinkEnded), row.Language,
        row is { QuietFrom: { } from, QuietTo: { } to, TimeZone: { } zone } ? new(Text(from), Text(to), zone) : null,
        consent is null ? null : new(consent.Agrees, consent.At, consent.Source));

    static string Text(TimeOnly time) => time.ToString("HH:mm", CultureInfo.InvariantCulture);
}

/// <param name="Since">When a chat was last linked.</param>
/// <param name="Ended">Why it is no longer: "blocked" by the customer, "stopped" by the customer, "removed" by the shop.</param>
sealed record TelegramView(bool Linked, DateTimeOffset? Since, string? Ended);

sealed record QuietHoursView(string From, string To, string TimeZone);

/// <summary>What the customer said about marketing last, when, and where.</summary>
sealed record ConsentView(bool Agrees, DateTimeOffset At, string Source);

/// <summary>For the customer to open; good for one chat.</summary>
sealed record TelegramLinkView(string Link, DateTimeOffset Expires);
