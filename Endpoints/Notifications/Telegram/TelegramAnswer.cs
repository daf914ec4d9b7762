namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>What became of a message.</summary>
abstract record TelegramAnswer
{
    public sealed record Sent : TelegramAnswer;

    /// <summary>The customer does not want to hear from the bot any more, or is not there.</summary>
    public sealed record Gone(string Why) : TelegramAnswer;

    /// <summary>This message is not taken, although others may be.</summary>
    public sealed record Refused(string Why) : TelegramAnswer;

    /// <summary>Nothing was sent: too much at once.</summary>
    public sealed record Postponed(TimeSpan For) : TelegramAnswer;

    /// <summary>Telegram may have taken it.</summary>
    public sealed record Unknown(string Why) : TelegramAnswer;
}

/// <summary>Telegram was not reached, for certain: the message may be tried again.</summary>
sealed class NothingWasSentException(string message, Exception cause) : Exception(message, cause);
