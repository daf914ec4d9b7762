using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.Telegram;

/// <summary>A person who has spoken to the bot at least once: before that a bot may write to nobody.</summary>
sealed record SandboxChat(long Id, string FirstName)
{
    public bool HasBlocked { get; init; }
}

/// <summary>A message that the bot sent.</summary>
/// <param name="Text">As the person reads it.</param>
/// <param name="Sent">As it came over the wire.</param>
sealed record SandboxTelegram(long Chat, int MessageId, DateTimeOffset At, string Text, string Sent, IReadOnlyList<TelegramEntity> Entities);

/// <summary>Something that happened to the bot, until somebody has taken it.</summary>
/// <param name="Body">The Update of the Bot API.</param>
sealed record SandboxUpdate(int Id, JsonObject Body)
{
    public bool IsTaken { get; init; }
}

/// <summary>Where updates are to be posted.</summary>
sealed record SandboxHook(string Url, string? Secret, int MaxConnections, IReadOnlyList<string>? Allowed)
{
    public DateTimeOffset? LastErrorAt { get; init; }

    public string? LastError { get; init; }
}
