namespace Dovetail.Contracts.Payments.Messages;

/// <summary>Reply to HoldPayment. Sender: Payments. Receiver: Sagas.</summary>
/// <param name="PaymentId">The provider's id, needed to capture, void and refund.</param>
/// <param name="ExpiresAt">When the provider releases the hold by itself, if it says so.</param>
/// <param name="OperationId">That of the command: an order may ask for this more than once. Null from before it could.</param>
public sealed record PaymentHeld(string OrderId, string PaymentId, Money Amount, DateTimeOffset? ExpiresAt, string? OperationId = null);

/// <summary>Reply to HoldPayment: the bank or the provider said no. Sender: Payments. Receiver: Sagas.</summary>
/// <param name="Reason">In words for a customer.</param>
/// <param name="OperationId">That of the command: an order may ask for this more than once. Null from before it could.</param>
public sealed record PaymentDeclined(string OrderId, string Reason, string? OperationId = null);

/// <summary>Reply to CapturePayment; to VoidPayment when the money was taken by hand and is to be refunded. Sender: Payments. Receiver: Sagas.</summary>
public sealed record PaymentCaptured(string OrderId, string PaymentId, Money Amount);

/// <summary>Reply to CapturePayment: the hold is gone, nothing was taken. Sender: Payments. Receiver: Sagas.</summary>
public sealed record CaptureRefused(string OrderId, string PaymentId, string Reason);

/// <summary>Reply to VoidPayment; also when the hold had already ended by itself. Sender: Payments. Receiver: Sagas.</summary>
public sealed record PaymentVoided(string OrderId, string PaymentId);

/// <summary>Reply to RefundPayment; also when the money had gone back by hand. Sender: Payments. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command: a payment may be given back in parts. Null from before it could.</param>
public sealed record PaymentRefunded(string OrderId, string PaymentId, Money Amount, string? OperationId = null);

/// <summary>Reply to VoidPayment and RefundPayment: the provider will not do it, a person must. Sender: Payments. Receiver: Sagas.</summary>
/// <param name="OperationId">That of the command: a payment may be given back in parts. Null from before it could.</param>
public sealed record PaymentReturnRefused(string OrderId, string PaymentId, string Reason, string? OperationId = null);

/// <summary>Reply to RefundPayment, after PaymentRefunded and perhaps days later: the bank returned the money, and the customer does not have it. Sender: Payments. Receiver: Sagas.</summary>
/// <param name="Reason">In words for a customer.</param>
/// <param name="OperationId">That of the RefundPayment that had been done.</param>
public sealed record RefundFailed(string OrderId, string PaymentId, Money Amount, string Reason, string OperationId);
