namespace Dovetail.Endpoints.Sandbox.Stripe;

/// <summary>A payment intent with its charge and refunds as the stand-in remembers it. <c>long</c> amounts are in the smallest unit.</summary>
sealed record SandboxIntent(
    string Id, string? OrderId, string Status, long Amount, string Currency, string CaptureMethod, DateTimeOffset CreatedAt,
    IReadOnlyDictionary<string, string> Metadata)
{
    public string? Description { get; init; }

    public string? Customer { get; init; }

    public string? PaymentMethod { get; init; }

    public string? ReturnUrl { get; init; }

    public SandboxCharge? Charge { get; init; }

    public CardError? LastError { get; init; }

    public long Received { get; init; }

    public DateTimeOffset? CanceledAt { get; init; }

    public string? CancellationReason { get; init; }

    public IReadOnlyList<SandboxStripeRefund> Refunds { get; init; } = [];

    /// <summary>Idempotency keys of the requests that changed this payment.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    public long GivenBack => Refunds.Where(refund => refund.Status is "succeeded" or "pending").Sum(refund => refund.Amount);

    /// <summary>What was taken, in the currency's own unit: this alone tells how much the card was charged.</summary>
    public decimal Captured => StripeCurrency.Major(Received, Currency);

    public decimal Refunded => StripeCurrency.Major(GivenBack, Currency);
}

/// <summary>The attempt to get the money from the card.</summary>
/// <param name="CaptureBefore">Until when the hold stands.</param>
sealed record SandboxCharge(string Id, bool Succeeded, DateTimeOffset CreatedAt, DateTimeOffset? CaptureBefore);

sealed record CardError(string Code, string? DeclineCode, string Message);

sealed record SandboxStripeRefund(
    string Id, string PaymentIntent, string Charge, string Status, long Amount, string Currency, DateTimeOffset CreatedAt, string? Reason, string? FailureReason,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>A request that was answered, to give the same answer under the same key for 24 hours.</summary>
sealed record UsedStripeKey(string Request, DateTimeOffset At, int Status, string Answer, string RequestId);
