using System.Globalization;
using Dovetail.Contracts;

namespace Dovetail.Endpoints.Payments.YooKassa;

sealed record YooKassaError(string? Code, string? Description, string? Parameter)
{
    public Refusal ToRefusal() => new(
        Parameter == "payment_method_id" ? RefusalCause.PaymentMethod
        : Parameter?.StartsWith("amount", StringComparison.Ordinal) == true ? RefusalCause.Amount
        : RefusalCause.Request,
        Parameter is null ? $"{Code}: {Description}" : $"{Code}, parameter '{Parameter}': {Description}");
}

sealed record YooKassaAmount(string Value, string Currency)
{
    public static YooKassaAmount Of(Money money) => new(
        money.Rounded().Amount.ToString("F" + Money.MinorDigits(money.Currency), CultureInfo.InvariantCulture), money.Currency);

    public Money ToMoney() => new(decimal.Parse(Value, CultureInfo.InvariantCulture), Currency);
}

/// <param name="Amount">What is held; of a payment that succeeded, what was taken.</param>
sealed record YooKassaPayment(
    string Id, string Status, YooKassaAmount Amount, DateTimeOffset? ExpiresAt = null, YooKassaCancellation? CancellationDetails = null,
    IReadOnlyDictionary<string, string>? Metadata = null, YooKassaAmount? RefundedAmount = null, YooKassaConfirmation? Confirmation = null)
{
    public Payment ToPayment() => new(
        Id, ToStatus(), Amount.ToMoney(), Status, ExpiresAt, CancellationDetails?.Reason, RefundedAmount?.ToMoney(),
        Status == "succeeded" && RefundedAmount is { } refunded && !(refunded.ToMoney() < Amount.ToMoney()), Metadata?.GetValueOrDefault("operationId"));

    PaymentStatus ToStatus() => Status switch
    {
        "waiting_for_capture" => PaymentStatus.Held,
        "succeeded" => PaymentStatus.Taken,
        "canceled" => PaymentStatus.Gone,

        // The confirmation page is never shown, so YooKassa cancels this payment within the hour.
        "pending" when Confirmation is not null => PaymentStatus.AwaitsPayer,
        "pending" => PaymentStatus.Running,
        _ => PaymentStatus.Unknown,
    };
}

sealed record YooKassaRefund(
    string Id, string PaymentId, string Status, YooKassaAmount Amount, YooKassaCancellation? CancellationDetails = null,
    IReadOnlyDictionary<string, string>? Metadata = null)
{
    public Refund ToRefund() => new(Id, PaymentId, ToStatus(), Amount.ToMoney(), Status, CancellationDetails?.Reason);

    RefundStatus ToStatus() => Status switch
    {
        "succeeded" => RefundStatus.Done,
        "canceled" => RefundStatus.Failed,
        "pending" => RefundStatus.Running,
        _ => RefundStatus.Unknown,
    };
}

/// <summary>How the payer is to confirm.</summary>
sealed record YooKassaConfirmation(string? Type);

sealed record YooKassaCancellation(string Party, string Reason);

sealed record YooKassaList<T>(IReadOnlyList<T> Items, string? NextCursor = null);
