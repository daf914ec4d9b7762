namespace Dovetail.Endpoints.Notifications.Preferences;

/// <summary>One row of the table NotificationPreferences: how a customer wishes to be told. Personal data.</summary>
sealed class PreferencesRow
{
    /// <summary>The API client whose customer it is.</summary>
    public required string Client { get; init; }

    public required string CustomerId { get; init; }

    /// <summary>The customer has chosen letters, although a chat may be linked.</summary>
    public bool PrefersLetters { get; set; }

    /// <summary>Two letters.</summary>
    public string? Language { get; set; }

    /// <summary>By its name in the IANA database; set together with both ends of the quiet hours.</summary>
    public string? TimeZone { get; set; }

    public TimeOnly? QuietFrom { get; set; }

    public TimeOnly? QuietTo { get; set; }

    /// <summary>The chat in Telegram; null if none is linked.</summary>
    public long? ChatId { get; set; }

    public DateTimeOffset? LinkedAt { get; set; }

    /// <summary>Hash of the token by which the chat was linked.</summary>
    public string? LinkToken { get; set; }

    /// <summary>Why the link ended: "blocked", "stopped", "removed".</summary>
    public string? LinkEnded { get; set; }

    /// <summary>Null for a customer who wants to hear things at any hour.</summary>
    public QuietHours? Quiet => (TimeZone, QuietFrom, QuietTo) is ({ } name, { } from, { } to) && QuietHours.FindZone(name) is { } zone ? new(from, to, zone) : null;
}

/// <summary>One row of the table NotificationConsents. Rows are only added: that somebody agreed, and when, must be shown years later. The newest counts.</summary>
sealed class ConsentRow
{
    public long Id { get; init; }

    public required string Client { get; init; }

    public required string CustomerId { get; init; }

    public required bool Agrees { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Where the customer said so, in the shop's words: "checkout form 2026-11".</summary>
    public required string Source { get; init; }
}

/// <summary>One row of the table TelegramLinkTokens. The token itself is kept nowhere.</summary>
sealed class LinkTokenRow
{
    public required string Hash { get; init; }

    public required string Client { get; init; }

    public required string CustomerId { get; init; }

    public required DateTimeOffset Expires { get; init; }
}
