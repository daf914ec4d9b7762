using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Notifications.Preferences;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>What people write to the bot. Telegram proves itself by the secret that it was given together with the webhook's address.</summary>
/// <remarks>What was written stays outside: only what it asks for goes on.</remarks>
sealed class TelegramHook(IOptions<TelegramOptions> options) : IHook
{
    const string Header = "X-Telegram-Bot-Api-Secret-Token";

    public string Vendor => "telegram";

    public string Endpoint => NotificationsEndpoint.Name;

    public HookVerdict Judge(HookRequest request)
    {
        if (!HookRequest.IsSecret(request.Headers[Header].ToString(), options.Value.WebhookSecret))
            return new HookVerdict.Refused(StatusCodes.Status401Unauthorized, $"{Header} is not {TelegramOptions.Section}:{nameof(TelegramOptions.WebhookSecret)}");

        try
        {
            var update = JsonNode.Parse(request.Body.Span)!;
            var id = ((long)update["update_id"]!).ToString(CultureInfo.InvariantCulture);

            // The bot is there for one person at a time.
            if (update["message"] is not { } message || (string?)message["chat"]?["type"] != "private")
                return new HookVerdict.NotNeeded();
            var command = Read((long)message["chat"]!["id"]!, (string?)message["text"] ?? "", (string?)message["from"]?["language_code"]);

            // Anybody may chatter. An answer would take its turn from what customers wait for.
            return command is null ? new HookVerdict.NotNeeded() : new HookVerdict.Taken(id, command) { Kept = $"{{\"update_id\":{id}}}" };
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            return new HookVerdict.Refused(StatusCodes.Status400BadRequest, "the body is no update");
        }
    }

    internal static AnswerTelegram? Read(long chat, string text, string? language) => text.Trim().Split(' ', 2, StringSplitOptions.TrimEntries) switch
    {
        ["/start", var token] => new(chat, TelegramWish.Link, language, TelegramLinks.HashOf(token)),
        ["/start"] => new(chat, TelegramWish.Start, language),
        ["/stop", ..] => new(chat, TelegramWish.Stop, language),
        _ => null,
    };
}
