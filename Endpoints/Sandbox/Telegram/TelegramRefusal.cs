using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.Telegram;

/// <summary>A no of the Bot API: the HTTP status is its error code.</summary>
sealed class TelegramRefusal(int code, string description, int? retryAfter = null) : Exception(description)
{
    public int Code => code;

    public int? RetryAfter => retryAfter;

    public static TelegramRefusal Bad(string what) => new(StatusCodes.Status400BadRequest, $"Bad Request: {what}");

    /// <summary>The refusal that a lever names; <c>flood:35</c> demands a pause of so many seconds.</summary>
    public static TelegramRefusal Of(string reason) => reason.Split(':') switch
    {
        ["deactivated"] => new(StatusCodes.Status403Forbidden, "Forbidden: user is deactivated"),
        ["chat-not-found"] => Bad("chat not found"),
        ["unparsable"] => Bad("can't parse entities: Unsupported start tag \"x\" at byte offset 0"),
        ["flood", .. var seconds] => Flood(seconds is [var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var wait) ? wait : 1),
        _ => new(StatusCodes.Status403Forbidden, "Forbidden: bot was blocked by the user"),
    };

    public IResult Answer(HttpContext context)
    {
        if (retryAfter is { } seconds)
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Results.Json(
            retryAfter is null
                ? new { ok = false, error_code = code, description = Message }
                : new { ok = false, error_code = code, description = Message, parameters = new { retry_after = retryAfter } },
            statusCode: code);
    }

    static TelegramRefusal Flood(int seconds) => new(StatusCodes.Status429TooManyRequests, $"Too Many Requests: retry after {seconds}", seconds);
}
