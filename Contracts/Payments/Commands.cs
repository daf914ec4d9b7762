namespace Dovetail.Contracts.Payments.Commands;

/// <summary>Hold the money, do not take it yet. Sender: Sagas. Receiver: Payments. Undo: VoidPayment.</summary>
public sealed record HoldPayment(string OrderId, Money Amount, string PaymentMethod, string OperationId);

/// <summary>Take the money that is held. Sender: Sagas. Receiver: Payments. Undo: RefundPayment.</summary>
public sealed record CapturePayment(string OrderId, string PaymentId, Money Amount, string OperationId);

/// <summary>Release a hold. Sender: Sagas. Receiver: Payments.</summary>
public sealed record VoidPayment(string OrderId, string PaymentId, string OperationId);

/// <summary>Give money back that was taken. Sender: Sagas. Receiver: Payments.</summary>
public sealed record RefundPayment(string OrderId, string PaymentId, Money Amount, string OperationId);

/// <summary>The provider hints that something became of a payment: look, and tell the process what it still waits for. Sender: Hooks. Receiver: Payments.</summary>
public sealed record LookAtPayment(string PaymentId);
