using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dovetail.Endpoints.Sandbox.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Sandbox.YooKassa;

/// <summary>The other side of YooKassa API v3: payments in two stages and refunds.</summary>
/// <remarks>Saved methods are all <c>pm-…</c>; <c>pm-declined</c> has no money, <c>pm-3ds</c> waits for the payer.</remarks>
sealed class YooKassaSandbox(SandboxLedger ledger, WebhookPost post, Levers levers, TimeProvider time, IOptions<SandboxOptions> options)
{
    public const string ShopId = "sandbox-shop";
    public const string SecretKey = "sandbox-secret";

    const string Keys = "yookassa-keys";
    const string KeyHeader = "Idempotence-Key";
    static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    readonly Lock _gate = new();
    readonly YooKassaBook _book = new(ledger, post, time, options.Value);

    public void Map(RouteGroupBuilder group)
    {
        group.WithMetadata(new VendorFault(new { type = "error", code = "internal_server_error", description = "Result unknown: repeat with the same key" }));
        group.AddEndpointFilter(Authorise);

        group.MapPost("/payments", (HttpContext context, CancellationToken cancellation) => Once<CreatePayment>(context, (request, key) =>
            YooKassaWire.Payment(_book.Create(request, key, Refusal(context, "general_decline"))), cancellation));
        group.MapPost("/payments/{id}/capture", (HttpContext context, string id, CancellationToken cancellation) => Once<ConfirmPayment>(context, (request, key) =>
            YooKassaWire.Payment(_book.Capture(Existing(id), request, key, Refusal(context, "general_decline"))), cancellation));
        group.MapPost("/payments/{id}/cancel", (HttpContext context, string id, CancellationToken cancellation) => Once<ConfirmPayment>(context, (_, key) =>
            Unless(Refusal(context, "cancellation refused")) ?? YooKassaWire.Payment(_book.Cancel(Existing(id), key)), cancellation));
        group.MapPost("/refunds", (HttpContext context, CancellationToken cancellation) => Once<CreateRefund>(context, (request, key) =>
            YooKassaWire.Refund(_book.Refund(Existing(request.PaymentId ?? ""), request, key, Refusal(context, "general_decline"))), cancellation));

        group.MapGet("/payments", (HttpRequest request) => Locked(() => Page(
            Filter(_book.All(), request, payment => payment.CreatedAt).Where(payment => Is(request, "status", payment.Status)),
            payment => payment.Id, YooKassaWire.Payment, request)));
        group.MapGet("/payments/{id}", (string id) => Locked(() => YooKassaWire.Payment(Existing(id))));
        group.MapGet("/refunds", (HttpRequest request) => Locked(() => Page(
            Filter(Refunds(), request, refund => refund.CreatedAt).Where(refund => Is(request, "payment_id", refund.PaymentId)),
            refund => refund.Id, YooKassaWire.Refund, request)));
        group.MapGet("/refunds/{id}", (string id) => Locked(() => YooKassaWire.Refund(
            Refunds().FirstOrDefault(refund => refund.Id == id) ?? throw new KeyNotFoundException($"refund {id} is unknown"))));
    }

    static async ValueTask<object?> Authorise(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ShopId}:{SecretKey}"));
        return invocation.HttpContext.Request.Headers.Authorization == expected
            ? await next(invocation)
            : YooKassaWire.Answer(YooKassaWire.Error("invalid_credentials", "Basic authentication failed"), StatusCodes.Status401Unauthorized);
    }

    /// <summary>Acts once for a key; the same request under the same key gets the same answer.</summary>
    async Task<IResult> Once<TRequest>(HttpContext context, Func<TRequest, string, object> act, CancellationToken cancellation)
    {
        var key = context.Request.Headers[KeyHeader].ToString();
        if (key.Length is 0 or > 64)
            return Refused(new($"{KeyHeader} is required and has at most 64 characters", KeyHeader));

        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(cancellation);
        var fingerprint = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.Request.Path}\n{body}")));
        return Locked(() =>
        {
            if (ledger.Find<UsedKey>(Keys, key) is { } used && time.GetUtcNow() - used.At < Memory)
            {
                return used.Request == fingerprint
                    ? JsonSerializer.Deserialize<JsonElement>(used.Answer)
                    : throw new InvalidRequest("Idempotence key duplicated", KeyHeader);
            }

            var request = JsonSerializer.Deserialize<TRequest>(body.Length == 0 ? "{}" : body, YooKassaWire.Json)
                ?? throw new InvalidRequest("the body is empty");
            var answer = act(request, key);
            ledger.Save(Keys, key, new UsedKey(fingerprint, time.GetUtcNow(), JsonSerializer.Serialize(answer, YooKassaWire.Json)));
            return answer;
        });
    }

    IResult Locked(Func<object> act)
    {
        lock (_gate)
        {
            try
            {
                return YooKassaWire.Answer(act());
            }
            catch (InvalidRequest invalid)
            {
                return Refused(invalid);
            }
            catch (JsonException malformed)
            {
                return Refused(new(malformed.Message));
            }
            catch (KeyNotFoundException unknown)
            {
                return YooKassaWire.Answer(YooKassaWire.Error("not_found", unknown.Message), StatusCodes.Status404NotFound);
            }
        }
    }

    SandboxPayment Existing(string id) => _book.Find(id) ?? throw new KeyNotFoundException($"payment {id} is unknown");

    IEnumerable<SandboxRefund> Refunds() => _book.All().SelectMany(payment => payment.Refunds).OrderByDescending(refund => refund.CreatedAt);

    string? Refusal(HttpContext context, string otherwise) => levers.Refusal(YooKassaBook.System, context, otherwise);

    static object? Unless(string? refusal) => refusal is null ? null : throw new InvalidRequest(refusal);

    static IResult Refused(InvalidRequest invalid) =>
        YooKassaWire.Answer(YooKassaWire.Error("invalid_request", invalid.Message, invalid.Parameter), StatusCodes.Status400BadRequest);

    static bool Is(HttpRequest request, string parameter, string value) =>
        request.Query[parameter].ToString() is var wanted && (wanted.Length == 0 || wanted == value);

    static IEnumerable<T> Filter<T>(IEnumerable<T> items, HttpRequest request, Func<T, DateTimeOffset> created)
    {
        DateTimeOffset? At(string bound) => request.Query[$"created_at.{bound}"].ToString() is not { Length: > 0 } text ? null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at
            : throw new InvalidRequest($"'{text}' is not an instant", $"created_at.{bound}");

        var (gte, gt, lte, lt) = (At("gte"), At("gt"), At("lte"), At("lt"));
        return items.Where(item => created(item) is var at
            && (gte is null || at >= gte) && (gt is null || at > gt) && (lte is null || at <= lte) && (lt is null || at < lt));
    }

    static object Page<T>(IEnumerable<T> items, Func<T, string> id, Func<T, object> shape, HttpRequest request)
    {
        var limit = request.Query["limit"].ToString() is { Length: > 0 } text ? int.TryParse(text, out var number) ? number : 0 : 10;
        if (limit is < 1 or > 100)
            throw new InvalidRequest("limit must be between 1 and 100", "limit");

        var rest = request.Query["cursor"].ToString() is { Length: > 0 } cursor ? items.SkipWhile(item => id(item) != cursor) : items;
        var page = rest.Take(limit + 1).ToList();
        return new { Type = "list", Items = page.Take(limit).Select(shape), NextCursor = page.Count > limit ? id(page[limit]) : null };
    }
}
