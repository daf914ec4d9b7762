using System.Globalization;
using Dovetail.Contracts;

namespace Dovetail.Endpoints.Payments;

/// <summary>Either what was asked for, or why not.</summary>
sealed record YooKassaAnswer<T>(T? Value, YooKassaError? Refusal) where T : class;

sealed record YooKassaError(string? Code, string? Description, string? Parameter);

sealed record YooKassaAmount(string Value, string Currency)
{
    public Money ToMoney() => new(decimal.Parse(Value, CultureInfo.InvariantCulture), Currency);
}

/// <param name="Amount">What is held; of a payment that succeeded, what was taken.</param>
sealed record YooKassaPayment(
    string Id, string Status, YooKassaAmount Amount, DateTimeOffset? ExpiresAt = null, YooKassaCancellation? CancellationDetails = null,
    IReadOnlyDictionary<string, string>? Metadata = null, YooKassaAmount? RefundedAmount = null, YooKassaConfirmation? Confirmation = null)
{
    /// <summary>All that was taken has gone back, whoever gave it back.</summary>
    public bool IsPaidBack => Status == "succeeded" && RefundedAmount is { } refunded && !(refunded.ToMoney() < Amount.ToMoney());
}

sealed record YooKassaRefund(
    string Id, string PaymentId, string Status, YooKassaAmount Amount, YooKassaCancellation? CancellationDetails = null,
    IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>How the payer is to confirm.</summary>
sealed record YooKassaConfirmation(string? Type);

sealed record YooKassaCancellation(string Party, string Reason);

sealed record YooKassaList<T>(IReadOnlyList<T> Items, string? NextCursor = null);
