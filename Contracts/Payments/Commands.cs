namespace Dovetail.Contracts.Payments.Commands;

/// <summary>Hold the money, do not take it yet. Sender: Sagas. Receiver: Payments. Undo: VoidPayment.</summary>
/// <param name="Receipt">For shops that must send one; null from before it was sent along.</param>
public sealed record HoldPayment(string OrderId, Money Amount, string PaymentMethod, string OperationId, Receipt? Receipt = null);

/// <summary>Take the money that is held. Sender: Sagas. Receiver: Payments. Undo: RefundPayment.</summary>
/// <param name="Receipt">Of what is taken, which may be less than was held.</param>
public sealed record CapturePayment(string OrderId, string PaymentId, Money Amount, string OperationId, Receipt? Receipt = null);

/// <summary>Release a hold. Sender: Sagas. Receiver: Payments.</summary>
/// <param name="Settled">A person did it by hand: it is done, and not to be done once more by whoever finds a copy of this command.</param>
public sealed record VoidPayment(string OrderId, string PaymentId, string OperationId, bool Settled = false);

/// <summary>Give money back that was taken. Sender: Sagas. Receiver: Payments.</summary>
/// <param name="Receipt">Of what is given back.</param>
/// <param name="Settled">A person did it by hand: it is done, and not to be done once more by whoever finds a copy of this command.</param>
public sealed record RefundPayment(string OrderId, string PaymentId, Money Amount, string OperationId, Receipt? Receipt = null, bool Settled = false);

/// <summary>The provider hints that something became of a payment: look, and tell the process what it still waits for. Sender: Hooks. Receiver: Payments.</summary>
public sealed record LookAtPayment(string PaymentId);
