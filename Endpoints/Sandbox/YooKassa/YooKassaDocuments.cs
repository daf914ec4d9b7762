namespace Dovetail.Endpoints.Sandbox.YooKassa;

/// <summary>A payment as the stand-in remembers it.</summary>
/// <param name="Amount">What was held at first.</param>
sealed record SandboxPayment(
    string Id, string? OrderId, string Status, decimal Amount, string Currency, DateTimeOffset CreatedAt, string? Description,
    IReadOnlyDictionary<string, string> Metadata, string? PaymentMethod)
{
    /// <summary>What was taken of it: this alone tells how much the card was charged.</summary>
    public decimal Captured { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? CapturedAt { get; init; }

    public Cancellation? Cancellation { get; init; }

    /// <summary>The fiscal receipt of what is held; once it was taken, of that.</summary>
    public WireReceipt? Receipt { get; init; }

    public IReadOnlyList<SandboxRefund> Refunds { get; init; } = [];

    /// <summary>Idempotence keys of the requests that changed this payment.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    public decimal Refunded => Refunds.Where(refund => refund.Status == "succeeded").Sum(refund => refund.Amount);
}

sealed record SandboxRefund(
    string Id, string PaymentId, string Status, decimal Amount, string Currency, DateTimeOffset CreatedAt, string? Description,
    IReadOnlyDictionary<string, string> Metadata, Cancellation? Cancellation = null, WireReceipt? Receipt = null);

sealed record Cancellation(string Party, string Reason);

/// <summary>A request that was answered, to give the same answer under the same key for 24 hours.</summary>
sealed record UsedKey(string Request, DateTimeOffset At, string Answer);
