using System.Text.Json;

namespace Dovetail.Endpoints.Payments.Stripe;

/// <param name="Amount">What was asked for.</param>
/// <param name="AmountReceived">What was taken.</param>
/// <param name="LatestCharge">An object where the request asked to expand it, elsewhere only its id.</param>
sealed record StripeIntent(
    string Id, string Status, long Amount, string Currency, long AmountReceived = 0, string? CancellationReason = null, StripeError? LastPaymentError = null,
    JsonElement? LatestCharge = null, IReadOnlyDictionary<string, string>? Metadata = null)
{
    public Payment ToPayment()
    {
        var charge = LatestCharge is { ValueKind: JsonValueKind.Object } expanded ? expanded.Deserialize<StripeCharge>(StripeCalls.Json) : null;
        return new(
            Id, ToStatus(), StripeAmount.ToMoney(Status == "succeeded" ? AmountReceived : Amount, Currency), Status,
            charge?.PaymentMethodDetails?.Card?.CaptureBefore is { } seconds ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null,
            Why(), charge is null ? null : StripeAmount.ToMoney(GivenBack(charge), Currency), Status == "succeeded" && charge?.Refunded == true,
            Metadata?.GetValueOrDefault("operationId"));
    }

    PaymentStatus ToStatus() => Status switch
    {
        "requires_capture" => PaymentStatus.Held,
        "succeeded" => PaymentStatus.Taken,
        "canceled" => PaymentStatus.Gone,
        "processing" => PaymentStatus.Running,
        "requires_action" => PaymentStatus.AwaitsPayer,

        // Declined: the intent would take another card, but nobody offers one. Without an error it is only about to be confirmed.
        "requires_payment_method" or "requires_confirmation" => LastPaymentError is null ? PaymentStatus.Running : PaymentStatus.Gone,
        _ => PaymentStatus.Unknown,
    };

    string? Why() => Status == "canceled" ? CancellationReason ?? "canceled_by_merchant" : LastPaymentError?.DeclineCode ?? LastPaymentError?.Code;

    // The part of a hold that a smaller capture let go may be counted as refunded, but it was never taken.
    static long GivenBack(StripeCharge charge) => Math.Max(0, charge.AmountRefunded - (charge.Amount - charge.AmountCaptured));
}

/// <param name="Refunded">All of it has gone back.</param>
sealed record StripeCharge(
    string Id, long Amount, long AmountCaptured, long AmountRefunded, bool Refunded, StripeMethodDetails? PaymentMethodDetails = null);

sealed record StripeMethodDetails(StripeCardDetails? Card);

sealed record StripeCardDetails(long? CaptureBefore);

sealed record StripeRefund(
    string Id, string? PaymentIntent, string? Status, long Amount, string Currency, string? FailureReason = null,
    IReadOnlyDictionary<string, string>? Metadata = null)
{
    public Refund ToRefund() => new(Id, PaymentIntent ?? "", ToStatus(), StripeAmount.ToMoney(Amount, Currency), Status ?? "", FailureReason);

    RefundStatus ToStatus() => Status switch
    {
        "succeeded" => RefundStatus.Done,
        "failed" or "canceled" => RefundStatus.Failed,
        "pending" or "requires_action" => RefundStatus.Running,
        _ => RefundStatus.Unknown,
    };
}

sealed record StripeList<T>(IReadOnlyList<T> Data, bool HasMore = false);

sealed record StripeFault(StripeError? Error);

sealed record StripeError(
    string? Type = null, string? Code = null, string? DeclineCode = null, string? Message = null, string? Param = null, StripeIntent? PaymentIntent = null)
{
    public Refusal ToRefusal() => new(
        this switch
        {
            { Type: "card_error" } or { Param: "payment_method" or "customer" } => RefusalCause.PaymentMethod,
            { Param: "amount" } or { Code: "amount_too_small" or "amount_too_large" } => RefusalCause.Amount,
            _ => RefusalCause.Request,
        },
        $"{DeclineCode ?? Code ?? Type}{(Param is null ? "" : $", parameter '{Param}'")}: {Message}");
}
