using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Dovetail.Endpoints.Sandbox.YooKassa;

/// <summary>The shapes that go over the wire, in the vendor's spelling.</summary>
static partial class YooKassaWire
{
    static readonly string[] Currencies = ["RUB", "EUR", "USD", "KZT", "BYN", "UAH", "UZS", "TRY", "INR", "MDL", "AZN", "AMD"];

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static object Payment(SandboxPayment payment) => new
    {
        payment.Id,
        payment.Status,
        Paid = payment.Status is "waiting_for_capture" or "succeeded",
        Amount = Amount(payment.Status == "succeeded" ? payment.Captured : payment.Amount, payment.Currency),
        Confirmation = payment.Status != "pending" ? null : new
        {
            Type = "redirect",
            ConfirmationUrl = $"https://yoomoney.example/checkout/payments/v2/contract?orderId={payment.Id}",
        },
        CreatedAt = Instant(payment.CreatedAt),
        payment.Description,
        ExpiresAt = payment.Status == "waiting_for_capture" ? Instant(payment.ExpiresAt) : null,
        CapturedAt = Instant(payment.CapturedAt),
        CancellationDetails = payment.Cancellation,
        payment.Metadata,
        PaymentMethod = new
        {
            Type = "bank_card",
            Id = payment.PaymentMethod ?? payment.Id,
            Saved = payment.PaymentMethod is not null,
            Status = payment.PaymentMethod is null ? "pending" : "active",
            Title = "Bank card *4477",
            Card = new { First6 = "555555", Last4 = "4477", ExpiryYear = "2030", ExpiryMonth = "12", CardType = "MasterCard" },
        },
        Recipient = new { AccountId = "100500", GatewayId = "100700" },
        Refundable = payment.Status == "succeeded" && payment.Refunded < payment.Captured,
        RefundedAmount = payment.Status == "succeeded" ? Amount(payment.Refunded, payment.Currency) : null,
        ReceiptRegistration = payment.Receipt is null ? null : payment.Status == "succeeded" ? "succeeded" : "pending",
        Test = true,
    };

    public static object Refund(SandboxRefund refund) => new
    {
        refund.Id,
        refund.PaymentId,
        refund.Status,
        CancellationDetails = refund.Cancellation,
        CreatedAt = Instant(refund.CreatedAt),
        Amount = Amount(refund.Amount, refund.Currency),
        refund.Description,
        refund.Metadata,
        ReceiptRegistration = refund.Receipt is null ? null : refund.Status,
    };

    public static object Error(string code, string description, string? parameter = null) =>
        new { Type = "error", Id = Guid.CreateVersion7(), Code = code, Description = description, Parameter = parameter };

    public static IResult Answer(object body, int status = StatusCodes.Status200OK) => Results.Json(body, Json, statusCode: status);

    /// <summary>Refuses an amount as the vendor does: a string with two decimals, of a currency that it takes.</summary>
    public static decimal Read(WireAmount? amount) =>
        amount is not { Value: { } value, Currency: { } currency } ? throw new InvalidRequest("amount is required", "amount")
        : !TwoDecimals().IsMatch(value) ? throw new InvalidRequest($"'{value}' is not an amount with two decimals", "amount.value")
        : !Currencies.Contains(currency) ? throw new InvalidRequest($"currency '{currency}' is not supported", "amount.currency")
        : decimal.Parse(value, CultureInfo.InvariantCulture) is > 0 and var number ? number
        : throw new InvalidRequest("the amount must be more than zero", "amount.value");

    static WireAmount Amount(decimal value, string currency) => new(value.ToString("F2", CultureInfo.InvariantCulture), currency);

    static string? Instant(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\d{1,12}\.\d{2}$")]
    private static partial Regex TwoDecimals();
}

sealed record WireAmount(string? Value, string? Currency);

sealed record CreatePayment(
    WireAmount? Amount, string? Description, string? PaymentMethodId, bool? Capture, IReadOnlyDictionary<string, string>? Metadata, WireReceipt? Receipt = null);

sealed record ConfirmPayment(WireAmount? Amount, WireReceipt? Receipt = null);

sealed record CreateRefund(
    string? PaymentId, WireAmount? Amount, string? Description, IReadOnlyDictionary<string, string>? Metadata, WireReceipt? Receipt = null);

/// <summary>The vendor's answer 400 <c>invalid_request</c>.</summary>
sealed class InvalidRequest(string description, string? parameter = null) : Exception(description)
{
    public string? Parameter => parameter;
}
