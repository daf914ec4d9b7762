using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Loymax: the processing of public API v1.2 in the customer's name, and the back office's search for purchases.</summary>
/// <remarks>What the processing says is an answer. An HTTP status other than 200 is an exception: nobody knows whether it acted.</remarks>
sealed class LoymaxClient(HttpClient http, IOptions<LoymaxOptions> options, LoymaxTokens tokens)
{
    public const string System = "Loymax";

    const string Merchant = "merchant";
    const string BackOffice = "back-office";

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
    static readonly JsonSerializerOptions TokenJson = new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>One step of a purchase; null where Loymax knows no customer by this card.</summary>
    /// <param name="step">"Bonus/Payment", "Bonus", "Confirm", "Cancel", "Calculate".</param>
    public Task<LoymaxOperation?> Purchase(string orderId, string step, string card, LoymaxRequest body, CancellationToken cancellation) =>
        Process($"Purchases/{Uri.EscapeDataString(orderId)}/{step}", $"{step} of order {orderId}", card, body, cancellation);

    /// <summary>What is on the card; null where Loymax knows no customer by it.</summary>
    public Task<LoymaxOperation?> Balance(string card, DateTimeOffset now, CancellationToken cancellation) =>
        Process("Balance", "a question for a balance", card, new($"balance/{Guid.NewGuid():N}", now), cancellation);

    /// <summary>Where the order's purchase stands: Created, Confirmed or Canceled; null where there is none.</summary>
    public async Task<string?> PurchaseState(string orderId, CancellationToken cancellation)
    {
        var token = tokens.Find(BackOffice) ?? await Token(BackOffice,
        [
            new("grant_type", "password"), new("username", options.Value.UserName), new("password", options.Value.Password), new("area", "users"),
        ], cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Post, "systemapi/api/purchases")
        {
            Content = JsonContent.Create(new { chequeNumber = orderId, count = 100, from = 0 }, options: Json),
        };
        Resilience.MarkRepeatable(request);
        var found = await Send<LoymaxEnvelope<IReadOnlyList<LoymaxPurchase>>>(request, token, BackOffice, cancellation);
        return found.Data?.FirstOrDefault(purchase => purchase.ChequeNumber == orderId)?.State;
    }

    /// <summary>A cheap call: tells whether Loymax answers and knows the shop.</summary>
    public Task Check(CancellationToken cancellation) => MerchantToken(cancellation);

    async Task<LoymaxOperation?> Process(string path, string what, string card, LoymaxRequest body, CancellationToken cancellation)
    {
        if (await CustomerToken(card, cancellation) is not { } token)
            return null;

        using var request = new HttpRequestMessage(HttpMethod.Post, $"publicapi/v1.2/Processing/{path}")
        {
            Content = JsonContent.Create(body, options: Json),
        };
        var envelope = await Send<LoymaxEnvelope<IReadOnlyList<LoymaxOperation>>>(request, token, holder: card, cancellation);
        return envelope.Data is [var operation, ..] ? operation with { ErrorMessage = Without(card, operation.ErrorMessage) } : throw new HttpRequestException(
            $"{System} answered {what} with state '{envelope.Result?.State}' ({Without(card, envelope.Result?.Message)}) and no operation, " +
            "so it is not known whether it acted. The message is tried again with the same operation id.");
    }

    /// <summary>The shop asks in the customer's name: a code for the card, then a token for the code.</summary>
    async Task<string?> CustomerToken(string card, CancellationToken cancellation)
    {
        if (tokens.Find(card) is { } kept)
            return kept;

        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            "authorizationService/oauth/authorize?response_type=code&scope=account%20profile%20coupon%20cards%20counters%20history%20merchants" +
            $"&client_id={Uri.EscapeDataString(options.Value.ClientId!)}&redirect_uri={Uri.EscapeDataString(options.Value.RedirectUri!)}");
        request.Headers.Authorization = new("Bearer", tokens.Find(Merchant) ?? await MerchantToken(cancellation));
        request.Headers.Add("X-Identifier", card);
        using var response = await http.SendAsync(request, cancellation);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            tokens.Drop(Merchant);

        var code = response switch
        {
            { StatusCode: HttpStatusCode.Redirect, Headers.Location: { } location } => Code(location),
            { StatusCode: HttpStatusCode.OK } => (await response.Content.ReadAsStringAsync(cancellation)).Trim('"', ' ', '\r', '\n'),
            _ => throw Unanswered("GET /authorizationService/oauth/authorize", response.StatusCode),
        };
        return string.IsNullOrEmpty(code) ? null : await Token(card,
        [
            new("grant_type", "authorization_code"), new("client_id", options.Value.ClientId), new("client_secret", options.Value.ClientSecret),
            new("redirect_uri", options.Value.RedirectUri), new("code", code),
        ], cancellation);
    }

    Task<string> MerchantToken(CancellationToken cancellation) =>
        Token(Merchant, [new("grant_type", "anonymous"), new("client_id", options.Value.ClientId)], cancellation);

    async Task<string> Token(string holder, KeyValuePair<string, string?>[] form, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "authorizationService/token")
        {
            Content = new FormUrlEncodedContent(form.Select(field => KeyValuePair.Create(field.Key, field.Value ?? ""))),
        };
        using var response = await http.SendAsync(request, cancellation);
        return response.StatusCode switch
        {
            HttpStatusCode.OK when await response.Content.ReadFromJsonAsync<LoymaxToken>(TokenJson, cancellation) is { } token => tokens.Keep(holder, token),
            HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new RejectedException(
                $"{System} gave no token for grant '{form[0].Value}' ({(int)response.StatusCode}), so nothing was done. " +
                $"Compare {LoymaxOptions.Section}:ClientId, ClientSecret, RedirectUri, UserName and Password with the tenant's settings, then retry the message."),
            _ => throw Unanswered("POST /authorizationService/token", response.StatusCode),
        };
    }

    async Task<T> Send<T>(HttpRequestMessage request, string token, string holder, CancellationToken cancellation) where T : class
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request, cancellation);
        if (response.StatusCode == HttpStatusCode.Unauthorized)
            tokens.Drop(holder);
        if (response.StatusCode != HttpStatusCode.OK)
            throw Unanswered($"{request.Method} {request.RequestUri?.AbsolutePath}", response.StatusCode);

        return await response.Content.ReadFromJsonAsync<T>(Json, cancellation)
            ?? throw new HttpRequestException(
                $"{System} answered {request.RequestUri?.AbsolutePath} with nothing. The message is tried again with the same operation id.");
    }

    /// <summary>Errors are logged and kept, and a card is often a phone number.</summary>
    static string? Without(string card, string? text) => text?.Replace(card, "(the customer's card)", StringComparison.OrdinalIgnoreCase);

    static string? Code(Uri location) => location.Query.TrimStart('?').Split('&')
        .Select(parameter => parameter.Split('=', 2))
        .FirstOrDefault(parameter => parameter is ["code", _])?[1];

    static Exception Unanswered(string call, HttpStatusCode status) =>
        status is HttpStatusCode.BadRequest or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed ? new RejectedException(
            $"{System} answered {call} with {(int)status}, which asking again will not change. " +
            $"Check {LoymaxOptions.Section}:BaseAddress and the rights of the shop, then retry the message.")
        : new HttpRequestException(
            $"{System} answered {call} with {(int)status}, which leaves open whether it acted. " +
            "The message is tried again with the same operation id.", null, status);
}
