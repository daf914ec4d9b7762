using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Polly.CircuitBreaker;

namespace Dovetail.Endpoints.Notifications.Telegram;

/// <summary>The Bot API.</summary>
/// <remarks>Paths are written without the token, which <see cref="BotToken"/> puts in.</remarks>
sealed class TelegramClient(HttpClient http, TelegramPace pace)
{
    public const string Vendor = "Telegram";

    static readonly string[] Wanted = ["message"];
    static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    /// <summary>Ends when this bot may send its next message.</summary>
    public Task Turn(CancellationToken cancellation) => pace.Turn(cancellation);

    /// <param name="html">In Telegram's own HTML.</param>
    /// <param name="notification">Names the message in errors.</param>
    /// <exception cref="NothingWasSentException">Telegram was not reached.</exception>
    public async Task<TelegramAnswer> SendMessage(long chat, string html, string notification, CancellationToken cancellation)
    {
        using var request = Post("sendMessage", new { chat_id = chat, text = html, parse_mode = "HTML", link_preview_options = new { is_disabled = true } });
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            return Read(response.StatusCode, await Body(response, cancellation), notification);
        }
        catch (HttpRequestException failure) when (WasNotSent(failure))
        {
            throw new NothingWasSentException($"Telegram could not be reached with {notification}: {failure.Message} Nothing was sent; the message is tried again.", failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException && !cancellation.IsCancellationRequested)
        {
            return new TelegramAnswer.Unknown(failure.Message);
        }
    }

    /// <summary>The name under which customers find the bot.</summary>
    public async Task<string> BotName(CancellationToken cancellation)
    {
        using var response = await http.GetAsync(new Uri("getMe", UriKind.Relative), cancellation);
        var body = await Body(response, cancellation);
        return (string?)body?["result"]?["username"] ?? throw NotAnswered("getMe", response.StatusCode, body);
    }

    /// <summary>Where Telegram posts what people write. It forgets what it was told before.</summary>
    public async Task SetWebhook(Uri address, string secret, CancellationToken cancellation)
    {
        using var request = Post("setWebhook", new { url = address.AbsoluteUri, secret_token = secret, allowed_updates = Wanted });
        using var response = await http.SendAsync(request, cancellation);
        if (response.IsSuccessStatusCode)
            return;
        var body = await Body(response, cancellation);
        throw response.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.NotFound
            ? new RejectedException(
                $"Telegram will not post to {address}: {(string?)body?["description"] ?? "no description"}. Nobody hears what customers write to the bot, and no chat can be linked. " +
                $"Correct Notifications:PublicAddress, which must be https, or {TelegramOptions.Section}, and start the hub again.")
            : NotAnswered("setWebhook", response.StatusCode, body);
    }

    internal static TelegramAnswer Read(HttpStatusCode status, JsonNode? body, string notification)
    {
        var description = (string?)body?["description"] ?? $"status {(int)status}";
        return status switch
        {
            HttpStatusCode.OK => new TelegramAnswer.Sent(),
            HttpStatusCode.Forbidden => new TelegramAnswer.Gone(description),
            HttpStatusCode.BadRequest when description.Contains("chat not found", StringComparison.OrdinalIgnoreCase) => new TelegramAnswer.Gone(description),
            HttpStatusCode.BadRequest => new TelegramAnswer.Refused(description),
            HttpStatusCode.TooManyRequests => new TelegramAnswer.Postponed(Pause(body)),
            HttpStatusCode.Unauthorized or HttpStatusCode.NotFound => throw new RejectedException(
                $"Telegram does not know our bot ({description}), so {notification} was not sent there. Put the token that BotFather shows into " +
                $"{TelegramOptions.Section}:Token, then retry the message; the customer may have got a letter by then."),
            _ => new TelegramAnswer.Unknown(description),
        };
    }

    static TimeSpan Pause(JsonNode? body) =>
        body?["parameters"]?["retry_after"] is JsonValue value && value.TryGetValue<int>(out var seconds) && seconds > 1 ? TimeSpan.FromSeconds(seconds) : ShortestPause;

    static bool WasNotSent(HttpRequestException failure) =>
        failure.InnerException is BrokenCircuitException
        || failure.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;

    static async Task<JsonNode?> Body(HttpResponseMessage response, CancellationToken cancellation)
    {
        try
        {
            return JsonNode.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
        }
        catch (JsonException)
        {
            // A proxy on the way writes pages; the status says enough.
            return null;
        }
    }

    static HttpRequestMessage Post(string method, object parameters) => new(HttpMethod.Post, method)
    {
        Content = new StringContent(JsonSerializer.Serialize(parameters), Encoding.UTF8, "application/json"),
    };

    static HttpRequestException NotAnswered(string method, HttpStatusCode status, JsonNode? body) => new(
        $"Telegram answered {method} with status {(int)status} ({(string?)body?["description"] ?? "no description"}). Nothing was changed; try again, and if it stays, compare " +
        $"{TelegramOptions.Section}:Token with what BotFather shows.", null, status);
}

sealed class TelegramHealth(TelegramClient telegram, IOptions<TelegramOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!options.Value.IsOn)
            return HealthCheckResult.Healthy("No bot is set up.");
        await telegram.BotName(cancellationToken);
        return HealthCheckResult.Healthy();
    }
}
