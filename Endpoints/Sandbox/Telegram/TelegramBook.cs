using System.Globalization;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.Telegram;

/// <summary>Who speaks to the bot, what it sent, and what it has not heard yet.</summary>
sealed class TelegramBook(SandboxLedger ledger, TimeProvider time)
{
    public const string Messages = "telegram";
    public const string Chats = "telegram-chats";
    public const string Updates = "telegram-updates";
    const string Hooks = "telegram-hook";

    public const long BotId = 7000000001;
    public const string BotName = "dovetail_sandbox_bot";

    readonly Lock _gate = new();
    TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SandboxHook? Hook => ledger.Find<SandboxHook>(Hooks, "hook") is { Url.Length: > 0 } hook ? hook : null;

    public void SetHook(SandboxHook hook) => ledger.Save(Hooks, "hook", hook);

    /// <summary>The Message that the caller gets back.</summary>
    public object Send(string chat, string text, string? parseMode)
    {
        lock (_gate)
        {
            if (!long.TryParse(chat, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) || Find(id) is not { } known)
                throw TelegramRefusal.Bad("chat not found");
            if (known.HasBlocked)
                throw TelegramRefusal.Of("blocked");
            var (plain, entities) = parseMode?.ToLowerInvariant() switch
            {
                null => (text.Trim(), []),
                "html" => TelegramHtml.Parse(text),
                _ => throw TelegramRefusal.Bad("unsupported parse_mode"),
            };
            if (plain.Length == 0)
                throw TelegramRefusal.Bad("message text is empty");
            if (plain.Length > 4096)
                throw TelegramRefusal.Bad("message is too long");

            var number = 1 + ledger.All<SandboxTelegram>(Messages).Count + ledger.All<SandboxUpdate>(Updates).Count;
            var sent = new SandboxTelegram(id, number, time.GetUtcNow(), plain, text, entities);
            ledger.Save(Messages, $"{id}/{number}", sent);
            return Message(
                number, new JsonObject { ["id"] = BotId, ["is_bot"] = true, ["first_name"] = "Sandbox shop", ["username"] = BotName }, known, plain,
                new JsonArray([.. entities.Select(entity => System.Text.Json.JsonSerializer.SerializeToNode(entity))]));
        }
    }

    /// <summary>A person writes to the bot, which nobody can do who has blocked it.</summary>
    public SandboxUpdate Says(long chat, string text, string? name)
    {
        lock (_gate)
        {
            var known = new SandboxChat(chat, name ?? Find(chat)?.FirstName ?? "Anna");
            ledger.Save(Chats, Key(chat), known);
            var id = 1 + ledger.All<SandboxUpdate>(Updates).Select(update => update.Id).DefaultIfEmpty(500_000_000).Max();
            var number = 1 + ledger.All<SandboxTelegram>(Messages).Count + ledger.All<SandboxUpdate>(Updates).Count;
            var entities = text.StartsWith('/')
                ? new JsonArray(new JsonObject { ["type"] = "bot_command", ["offset"] = 0, ["length"] = text.Split(' ')[0].Length })
                : [];
            var from = new JsonObject { ["id"] = chat, ["is_bot"] = false, ["first_name"] = known.FirstName, ["language_code"] = "en" };
            var update = new SandboxUpdate(id, new JsonObject { ["update_id"] = id, ["message"] = Message(number, from, known, text, entities) });
            Save(update);
            _news.TrySetResult();
            _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
            return update;
        }
    }

    public void Block(long chat, bool blocked)
    {
        lock (_gate)
            ledger.Save(Chats, Key(chat), (Find(chat) ?? new(chat, "Anna")) with { HasBlocked = blocked });
    }

    /// <summary>What nobody has taken yet, and the promise of more.</summary>
    public (IReadOnlyList<SandboxUpdate> Updates, Task News) Waiting()
    {
        lock (_gate)
            return ([.. ledger.All<SandboxUpdate>(Updates).Where(update => !update.IsTaken)], _news.Task);
    }

    /// <summary>These have been heard, and are not told again.</summary>
    public void Take(Func<SandboxUpdate, bool> which)
    {
        lock (_gate)
        {
            foreach (var update in ledger.All<SandboxUpdate>(Updates).Where(update => !update.IsTaken && which(update)))
                Save(update with { IsTaken = true });
        }
    }

    SandboxChat? Find(long chat) => ledger.Find<SandboxChat>(Chats, Key(chat));

    void Save(SandboxUpdate update) => ledger.Save(Updates, update.Id.ToString(CultureInfo.InvariantCulture), update);

    JsonObject Message(int number, JsonObject from, SandboxChat chat, string text, JsonArray entities)
    {
        var message = new JsonObject
        {
            ["message_id"] = number, ["from"] = from, ["chat"] = new JsonObject { ["id"] = chat.Id, ["first_name"] = chat.FirstName, ["type"] = "private" },
            ["date"] = time.GetUtcNow().ToUnixTimeSeconds(), ["text"] = text,
        };
        if (entities.Count > 0)
            message["entities"] = entities;
        return message;
    }

    static string Key(long chat) => chat.ToString(CultureInfo.InvariantCulture);
}
