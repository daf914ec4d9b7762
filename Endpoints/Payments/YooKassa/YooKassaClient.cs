using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Payments.YooKassa;

/// <summary>YooKassa API v3: payments in two stages with saved methods, and refunds.</summary>
/// <remarks>A refusal (400, 404) is an answer. Everything else that is not 200 is an exception: nobody knows whether YooKassa acted.</remarks>
sealed class YooKassaClient(HttpClient http, TimeProvider time, IOptions<YooKassaOptions> options) : IPaymentProvider
{
    public const string System = "YooKassa";

    const int LongestKey = 64;
    const int LongestDescription = 128;

    // Our clock and YooKassa's need not agree to the second.
    static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public string Name => System;

    // The other provider's ids begin with a word and an underscore; these are plain.
    public bool Owns(string paymentId) => !paymentId.Contains('_');

    public Task<Answer<Payment>> Hold(HoldPayment command, DateTimeOffset firstCall, CancellationToken cancellation) =>
        Post<YooKassaPayment, Payment>("payments", new
        {
            Amount = YooKassaAmount.Of(command.Amount),
            Capture = false,
            PaymentMethodId = command.PaymentMethod,
            Description = Description(command.OrderId),
            Metadata = Metadata(command.OrderId, command.OperationId),
            Receipt = YooKassaReceipt.Of(command.Receipt, command.Amount, options.Value.Receipts),
        }, command.OperationId, payment => payment.ToPayment(), cancellation);

    public Task<Answer<Payment>> Capture(CapturePayment command, DateTimeOffset firstCall, CancellationToken cancellation) =>
        Post<YooKassaPayment, Payment>($"payments/{Uri.EscapeDataString(command.PaymentId)}/capture", new
        {
            Amount = YooKassaAmount.Of(command.Amount),
            Receipt = YooKassaReceipt.Of(command.Receipt, command.Amount, options.Value.Receipts),
        }, command.OperationId, payment => payment.ToPayment(), cancellation);

    public Task<Answer<Payment>> Cancel(VoidPayment command, DateTimeOffset firstCall, CancellationToken cancellation) => Post<YooKassaPayment, Payment>(
        $"payments/{Uri.EscapeDataString(command.PaymentId)}/cancel", new { }, command.OperationId, payment => payment.ToPayment(), cancellation);

    public Task<Answer<Refund>> Refund(RefundPayment command, DateTimeOffset firstCall, CancellationToken cancellation) =>
        Post<YooKassaRefund, Refund>("refunds", new
        {
            command.PaymentId,
            Amount = YooKassaAmount.Of(command.Amount),
            Description = Description(command.OrderId),
            Metadata = Metadata(command.OrderId, command.OperationId),
            Receipt = YooKassaReceipt.Of(command.Receipt, command.Amount, options.Value.Receipts),
        }, command.OperationId, refund => refund.ToRefund(), cancellation);

    public async Task<Payment> Find(string paymentId, CancellationToken cancellation) =>
        await Look(paymentId, cancellation) ?? throw new RejectedException(
            $"{System} does not know payment {paymentId}. It was made with another shop's credentials, or the id is wrong: " +
            "compare Payments:YooKassa:ShopId with the shop in which the payment was made, then retry the message.");

    public async Task<Payment?> Look(string paymentId, CancellationToken cancellation) =>
        (await Get<YooKassaPayment>($"payments/{Uri.EscapeDataString(paymentId)}", cancellation))?.ToPayment();

    public async Task<Refund> FindRefund(string refundId, CancellationToken cancellation) =>
        (await Get<YooKassaRefund>($"refunds/{Uri.EscapeDataString(refundId)}", cancellation))?.ToRefund() ?? throw new RejectedException(
            $"{System} does not know refund {refundId}, which it named itself. Look at the payment in the shop's account before money is given back by hand.");

    public async Task<Payment?> FindPayment(string operationId, DateTimeOffset firstCall, CancellationToken cancellation) => (await Search<YooKassaPayment>(
        $"payments?limit=100&created_at.gte={Instant(firstCall - ClockTolerance)}&created_at.lte={Instant(time.GetUtcNow() + ClockTolerance)}",
        payment => payment.Metadata?.GetValueOrDefault("operationId") == operationId, cancellation))?.ToPayment();

    public async Task<Refund?> FindRefund(string paymentId, string operationId, CancellationToken cancellation) => (await Search<YooKassaRefund>(
        $"refunds?limit=100&payment_id={Uri.EscapeDataString(paymentId)}",
        refund => refund.Metadata?.GetValueOrDefault("operationId") == operationId, cancellation))?.ToRefund();

    public async Task Check(CancellationToken cancellation) =>
        _ = await Get<YooKassaList<YooKassaPayment>>("payments?limit=1", cancellation) ?? throw new RejectedException(
            $"{System} answers, but knows no payments there. Check Payments:YooKassa:BaseAddress; it ends with /v3.");

    async Task<T?> Search<T>(string path, Func<T, bool> isIt, CancellationToken cancellation) where T : class
    {
        for (string? cursor = null; ;)
        {
            var page = await Get<YooKassaList<T>>(cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}", cancellation)
                ?? throw new RejectedException($"{System} refused to list '{path}'. Nothing was sent; the search must be mended before the message is retried.");
            if (page.Items.FirstOrDefault(isIt) is { } found)
                return found;
            if ((cursor = page.NextCursor) is null)
                return null;
        }
    }

    async Task<Answer<TAnswer>> Post<TWire, TAnswer>(
        string path, object body, string operationId, Func<TWire, TAnswer> read, CancellationToken cancellation)
        where TWire : class
        where TAnswer : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body, body.GetType(), options: Json) };
        request.Headers.Add("Idempotence-Key", IdempotenceKey.Of(operationId, LongestKey));
        var (value, error) = await Send<TWire>(request, cancellation);
        return value is null ? new(null, error!.ToRefusal()) : new(read(value));
    }

    /// <returns>Null where YooKassa knows no such thing.</returns>
    async Task<T?> Get<T>(string path, CancellationToken cancellation) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return (await Send<T>(request, cancellation)).Value;
    }

    async Task<(T? Value, YooKassaError? Error)> Send<T>(HttpRequestMessage request, CancellationToken cancellation) where T : class
    {
        using var response = await http.SendAsync(request, cancellation);
        var call = $"{request.Method} {request.RequestUri?.AbsolutePath}";
        return response.StatusCode switch
        {
            HttpStatusCode.OK => (await Read<T>(response, call, cancellation), null),
            HttpStatusCode.BadRequest or HttpStatusCode.NotFound => (null, Refused(await Read<YooKassaError>(response, call, cancellation), call)),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => throw new RejectedException(
                $"{System} refused our credentials on {call} ({(int)response.StatusCode}), so nothing was done. " +
                "Set Payments:YooKassa:ShopId and Payments:YooKassa:SecretKey to those of the shop's account, then retry the message."),
            HttpStatusCode.Accepted or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError =>
                throw new HttpRequestException(
                    $"{System} answered {call} with {(int)response.StatusCode}, which leaves open whether it acted. " +
                    "The message is tried again under the same idempotence key.", null, response.StatusCode),
            _ => throw new RejectedException(
                $"{System} answered {call} with {(int)response.StatusCode}, which asking again will not change. " +
                "Check Payments:YooKassa:BaseAddress, then retry the message."),
        };
    }

    // The key stands for one command, and the ledger saw to that: two contents under it are a fault of this program and no "no" of the bank.
    static YooKassaError Refused(YooKassaError error, string call) => error.Parameter == "Idempotence-Key"
        ? throw new RejectedException(
            $"{System} refused the idempotence key of {call}: {error.Description}. The same operation id was sent with other content before. " +
            "Compare the operation in the ledger with the payment in the shop's account; do not resend by hand under a new id before that.")
        : error;

    static async Task<T> Read<T>(HttpResponseMessage response, string call, CancellationToken cancellation) where T : class
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(Json, cancellation) ?? throw new JsonException("the body is null");
        }
        catch (JsonException unreadable)
        {
            throw new HttpRequestException(
                $"{System} answered {call} with {(int)response.StatusCode} and a body that can't be read ({unreadable.Message}), " +
                "so it is not known whether it acted. The message is tried again under the same idempotence key.", unreadable, response.StatusCode);
        }
    }

    static Dictionary<string, string> Metadata(string orderId, string operationId) => new() { ["orderId"] = orderId, ["operationId"] = operationId };

    static string Description(string orderId) => $"Order {orderId}" is var text && text.Length > LongestDescription ? text[..LongestDescription] : text;

    static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
