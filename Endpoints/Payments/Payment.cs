using Dovetail.Contracts;

namespace Dovetail.Endpoints.Payments;

/// <summary>A payment as its provider tells of it.</summary>
/// <param name="Amount">What is held; of a payment that was taken, what was taken.</param>
/// <param name="Told">The provider's own word for the status, for people.</param>
/// <param name="ExpiresAt">When the hold ends by itself, if the provider says so.</param>
/// <param name="Reason">The provider's code for why nothing is held.</param>
/// <param name="Refunded">How much of what was taken has gone back.</param>
/// <param name="IsPaidBack">All that was taken has gone back, whoever gave it back.</param>
/// <param name="OperationId">The operation that made it; null for what was not made by this hub.</param>
sealed record Payment(
    string Id, PaymentStatus Status, Money Amount, string Told, DateTimeOffset? ExpiresAt = null, string? Reason = null, Money? Refunded = null,
    bool IsPaidBack = false, string? OperationId = null);

enum PaymentStatus
{
    /// <summary>A status that this hub does not know.</summary>
    Unknown,

    /// <summary>The provider has not finished.</summary>
    Running,

    /// <summary>The bank wants the payer, who is not there. Nothing is held.</summary>
    AwaitsPayer,

    Held,

    Taken,

    /// <summary>Declined, released or expired: nothing is held.</summary>
    Gone,
}

/// <summary>A refund as its provider tells of it.</summary>
/// <param name="Told">The provider's own word for the status, for people.</param>
/// <param name="Reason">The provider's code for why it came to nothing.</param>
sealed record Refund(string Id, string PaymentId, RefundStatus Status, Money Amount, string Told, string? Reason = null);

enum RefundStatus
{
    /// <summary>A status that this hub does not know.</summary>
    Unknown,

    Running,

    Done,

    Failed,
}

/// <summary>Either what was asked for, or why not.</summary>
sealed record Answer<T>(T? Value, Refusal? Refusal = null) where T : class;

/// <summary>The provider did not do it.</summary>
/// <param name="Text">In its own words, for people who work here.</param>
sealed record Refusal(RefusalCause Cause, string Text);

/// <summary>What the provider found fault with.</summary>
enum RefusalCause
{
    /// <summary>The request as such, or the state of the payment.</summary>
    Request,

    PaymentMethod,

    Amount,
}
