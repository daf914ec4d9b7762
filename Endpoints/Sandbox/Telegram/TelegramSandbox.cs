using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Dovetail.Endpoints.Sandbox.Telegram;

/// <summary>The Bot API of Telegram: messages out, and updates in by long polling or webhook.</summary>
/// <remarks>
/// Persons are played over the control API: <c>POST /control/telegram/{chat}/says</c> with <c>{ "text": "/start" }</c>, <c>…/blocks</c>, <c>…/unblocks</c>.
/// The lever <c>refuse</c> takes <c>blocked</c>, <c>deactivated</c>, <c>chat-not-found</c>, <c>unparsable</c> and <c>flood:35</c> (429). Of the parse modes it knows HTML.
/// Webhooks may be plain http here, as everything runs on one machine.
/// </remarks>
sealed partial class TelegramSandbox(SandboxLedger ledger, Levers levers, TelegramBook book, TelegramPost post, TimeProvider time)
{
    public const string Token = "7000000001:AA-sandbox-telegram-token-0000000000";

    public void Map(RouteGroupBuilder group) => group
        .MapMethods("/bot{token}/{method}", [HttpMethods.Get, HttpMethods.Post], Call)
        .WithMetadata(new VendorFault(new { ok = false, error_code = 500, description = "Internal Server Error" }));

    /// <summary>What persons do.</summary>
    public void MapControl(RouteGroupBuilder group)
    {
        group.MapPost("/{chat:long}/says", async (long chat, Utterance said) =>
        {
            var update = book.Says(chat, said.Text, said.Name);
            await ledger.Flushed();
            post.Wake();
            return Results.Json(update.Body, statusCode: StatusCodes.Status201Created);
        });
        group.MapPost("/{chat:long}/blocks", (long chat) => book.Block(chat, blocked: true));
        group.MapPost("/{chat:long}/unblocks", (long chat) => book.Block(chat, blocked: false));
    }

    async Task<IResult> Call(HttpContext context, string token, string method)
    {
        try
        {
            if (token != Token)
                throw new TelegramRefusal(StatusCodes.Status401Unauthorized, TokenForm.IsMatch(token) ? "Unauthorized" : "Unauthorized: invalid token specified");
            var parameters = await TelegramParameters.Of(context.Request, context.RequestAborted);
            return method.ToLowerInvariant() switch
            {
                "getme" => Done(new
                {
                    id = TelegramBook.BotId, is_bot = true, first_name = "Sandbox shop", username = TelegramBook.BotName,
                    can_join_groups = false, can_read_all_group_messages = false, supports_inline_queries = false,
                }),
                "sendmessage" => SendMessage(context, parameters),
                "getupdates" => Done(await GetUpdates(parameters, context.RequestAborted)),
                "setwebhook" => SetWebhook(parameters),
                "deletewebhook" => DeleteWebhook(parameters),
                "getwebhookinfo" => Done(WebhookInfo()),
                _ => throw new TelegramRefusal(StatusCodes.Status404NotFound, "Not Found"),
            };
        }
        catch (TelegramRefusal no)
        {
            return no.Answer(context);
        }
    }

    IResult SendMessage(HttpContext context, TelegramParameters parameters)
    {
        if (levers.Refusal(TelegramBook.Messages, context, "blocked") is { } reason)
            throw TelegramRefusal.Of(reason);
        return Done(book.Send(
            parameters["chat_id"] ?? throw TelegramRefusal.Bad("chat_id is empty"),
            parameters["text"] ?? throw TelegramRefusal.Bad("message text is empty"),
            parameters["parse_mode"]));
    }

    async Task<object> GetUpdates(TelegramParameters parameters, CancellationToken cancellation)
    {
        if (book.Hook is not null)
        {
            throw new TelegramRefusal(
                StatusCodes.Status409Conflict, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
        }

        var offset = parameters.Whole("offset", 0, int.MinValue, int.MaxValue);
        if (offset > 0)
            book.Take(update => update.Id < offset);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var until = time.GetUtcNow().AddSeconds(parameters.Whole("timeout", 0, 0, 50));
        while (true)
        {
            var (waiting, news) = book.Waiting();
            if (offset < 0)
                waiting = [.. waiting.TakeLast(-offset)];
            if (waiting.Count > 0 || until - time.GetUtcNow() is not { Ticks: > 0 } left)
                return waiting.Take(parameters.Whole("limit", 100, 1, 100)).Select(update => update.Body);
            await Task.WhenAny(news, Task.Delay(left, time, patience.Token));
        }
    }

    IResult SetWebhook(TelegramParameters parameters)
    {
        if (parameters["url"] is not { } url)
            return DeleteWebhook(parameters);
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw TelegramRefusal.Bad("bad webhook: An HTTPS URL must be provided for webhook");
        if (parameters["secret_token"] is { } secret && !SecretForm.IsMatch(secret))
            throw TelegramRefusal.Bad("secret token contains unallowed characters");

        Drop(parameters);
        var wanted = new SandboxHook(url, parameters["secret_token"], parameters.Whole("max_connections", 40, 1, 100), parameters.List("allowed_updates"));
        var known = book.Hook;
        book.SetHook(wanted);
        post.Wake();
        return Done(true, known is not null && (known.Url, known.Secret) == (wanted.Url, wanted.Secret) ? "Webhook is already set" : "Webhook was set");
    }

    IResult DeleteWebhook(TelegramParameters parameters)
    {
        Drop(parameters);
        var known = book.Hook;
        book.SetHook(new("", null, 40, null));
        return Done(true, known is null ? "Webhook is already deleted" : "Webhook was deleted");
    }

    void Drop(TelegramParameters parameters)
    {
        if (parameters["drop_pending_updates"]?.ToLowerInvariant() is "true" or "1")
            book.Take(_ => true);
    }

    Dictionary<string, object> WebhookInfo()
    {
        var hook = book.Hook;
        var info = new Dictionary<string, object>
        {
            ["url"] = hook?.Url ?? "", ["has_custom_certificate"] = false, ["pending_update_count"] = book.Waiting().Updates.Count,
        };
        if (hook is null)
            return info;
        info["max_connections"] = hook.MaxConnections;
        if (hook is { LastErrorAt: { } at, LastError: { } error })
            (info["last_error_date"], info["last_error_message"]) = (at.ToUnixTimeSeconds(), error);
        if (hook.Allowed is { } allowed)
            info["allowed_updates"] = allowed;
        return info;
    }

    static IResult Done(object result, string? description = null) =>
        description is null ? Results.Json(new { ok = true, result }) : Results.Json(new { ok = true, result, description });

    [GeneratedRegex(@"^\d+:[\w-]{20,}\z")]
    static partial Regex TokenForm { get; }

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,256}\z")]
    static partial Regex SecretForm { get; }
}

/// <param name="Name">The person's first name, if it is not Anna.</param>
sealed record Utterance(string Text, string? Name = null);
