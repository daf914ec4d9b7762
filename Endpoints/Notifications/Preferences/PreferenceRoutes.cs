using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dovetail.Endpoints.Answers;
using Dovetail.Endpoints.Forms;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Notifications.Telegram;
using Dovetail.Endpoints.Notifications.Words;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Notifications.Preferences;

/// <summary>How a shop's customers wish to be told, for that shop alone.</summary>
sealed partial class PreferenceRoutes(CustomerPreferences preferences, TelegramLinks links, IOptions<TelegramOptions> telegram)
{
    const int LongestId = 100;
    const int LongestSource = 200;

    public async Task<IResult> Show(string id, HttpContext http)
    {
        if (TooLong(id) is { } refusal) return refusal;
        var (row, consent) = await preferences.Find(http.User.Client(), id, http.RequestAborted);
        return new Tagged(PreferencesView.Of(row, consent));
    }

    /// <summary>Needs no key: the same wish twice is one wish.</summary>
    public async Task<IResult> Set(string id, HttpContext http)
    {
        if (TooLong(id) is { } tooLong) return tooLong;
        var (body, refusal) = await JsonBody.Read(http.Request, http.RequestAborted);
        if (body is null) return refusal!;
        if (JsonBody.Parse(body, out var malformed) is not { } json) return malformed!;
        var (wish, faults) = Read(json);
        if (faults.Count > 0) return JsonBody.Faulty("wish", faults);
        var (row, consent) = await preferences.Set(http.User.Client(), id, wish, http.RequestAborted);
        return new Tagged(PreferencesView.Of(row, consent));
    }

    /// <summary>Needs no key: a second link does no harm, and the first stays good.</summary>
    public async Task<IResult> NewLink(string id, TelegramClient bot, HttpContext http)
    {
        if (TooLong(id) is { } refusal) return refusal;
        if (!telegram.Value.IsOn)
            return Problem.Of(StatusCodes.Status409Conflict, "The hub has no bot in Telegram, so there is nothing to link. Do not offer it to customers, or have the hub's owner set one up.");
        try
        {
            var name = await bot.BotName(http.RequestAborted);
            var (token, expires) = await links.NewToken(http.User.Client(), id, http.RequestAborted);
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Json(new TelegramLinkView($"https://t.me/{name}?start={token}", expires), statusCode: StatusCodes.Status201Created);
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException && !http.RequestAborted.IsCancellationRequested)
        {
            http.Response.Headers.RetryAfter = "5";
            return Problem.Of(StatusCodes.Status503ServiceUnavailable, "Telegram does not say at the moment what our bot is called. Nothing was done; ask again in a few seconds.");
        }
    }

    public async Task<IResult> Unlink(string id, HttpContext http)
    {
        if (TooLong(id) is { } refusal) return refusal;
        await preferences.EndLink(http.User.Client(), id, "removed", http.RequestAborted);
        return TypedResults.NoContent();
    }

    internal static (PreferenceForm Wish, IReadOnlyList<Fault> Faults) Read(JsonElement json)
    {
        var fields = new Fields(json);
        var channel = fields.OptionalText("channel", Channels, "telegram or email");
        var language = fields.OptionalText("language", 2);
        if (language is not (null or "") && Languages.Find(language) is null)
            fields.Wrong<object?>("language", $"is not spoken here: send one of {string.Join(", ", Languages.Codes)}, or leave it out", null);
        var quiet = fields.Has("quietHours") ? ReadQuiet(fields.Part("quietHours")) : null;
        var (agrees, source) = fields.Has("marketing") ? ReadConsent(fields.Part("marketing")) : (null, null);
        fields.NothingElse();
        return (new(channel == "email", language, quiet, agrees, source), fields.Faults);
    }

    static QuietHours? ReadQuiet(Fields? fields)
    {
        if (fields is null) return null;
        const string Like = "a time of day such as 22:00";
        var (from, to) = (Time(fields.Text("from", Times, Like)), Time(fields.Text("to", Times, Like)));
        if (from == to && from is not null)
            fields.Wrong<object?>("to", "is the same as from: send another time, or leave quietHours out for none", null);
        var name = fields.Text("timeZone", 100);
        var zone = name == "" ? null : QuietHours.FindZone(name);
        if (zone is null && name != "")
            fields.Wrong<object?>("timeZone", "is not known: send a name of the IANA database, such as Europe/Moscow", null);
        fields.NothingElse();
        return zone is null || from is null || to is null ? null : new(from.Value, to.Value, zone);
    }

    static (bool? Agrees, string? Source) ReadConsent(Fields? fields)
    {
        if (fields is null) return (null, null);
        var consent = (fields.Flag("agrees"), fields.Text("source", LongestSource));
        fields.NothingElse();
        return consent;
    }

    static TimeOnly? Time(string text) => TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    static IResult? TooLong(string id) => id.Length <= LongestId
        ? null
        : Problem.Of(StatusCodes.Status400BadRequest, $"The customer's id has {id.Length} characters, and no order takes one of more than {LongestId}: check it.");

    [GeneratedRegex(@"^(telegram|email)\z")]
    static partial Regex Channels { get; }

    [GeneratedRegex(@"^([01][0-9]|2[0-3]):[0-5][0-9]\z")]
    static partial Regex Times { get; }
}
