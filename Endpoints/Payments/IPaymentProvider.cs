using Dovetail.Contracts.Payments.Commands;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Payments;

/// <summary>Payments in two stages and refunds, the same whoever does them.</summary>
/// <remarks>
/// Every call that moves money carries a key made of the operation id, so that sending again asks for the same thing. A "no" is an answer.
/// <see cref="HttpRequestException"/> and <see cref="TimeoutException"/> leave open whether the provider acted; <see cref="RejectedException"/> needs a person.
/// </remarks>
interface IPaymentProvider
{
    /// <summary>What the ledger and <c>Payments:Provider</c> call it.</summary>
    string Name { get; }

    /// <summary>Whether a payment with this id was made here: payments outlive a change of the setting.</summary>
    bool Owns(string paymentId);

    /// <param name="firstCall">When the operation was first sent.</param>
    Task<Answer<Payment>> Hold(HoldPayment command, DateTimeOffset firstCall, CancellationToken cancellation);

    Task<Answer<Payment>> Capture(CapturePayment command, DateTimeOffset firstCall, CancellationToken cancellation);

    Task<Answer<Payment>> Cancel(VoidPayment command, DateTimeOffset firstCall, CancellationToken cancellation);

    Task<Answer<Refund>> Refund(RefundPayment command, DateTimeOffset firstCall, CancellationToken cancellation);

    Task<Payment> Find(string paymentId, CancellationToken cancellation);

    /// <summary>The same for who has the id from hearsay: null where the provider knows no such payment of ours.</summary>
    Task<Payment?> Look(string paymentId, CancellationToken cancellation);

    Task<Refund> FindRefund(string refundId, CancellationToken cancellation);

    /// <summary>The payment that an operation made, if it made one; for when the key may be forgotten.</summary>
    Task<Payment?> FindPayment(string operationId, DateTimeOffset firstCall, CancellationToken cancellation);

    /// <summary>The refund that an operation made, if it made one.</summary>
    Task<Refund?> FindRefund(string paymentId, string operationId, CancellationToken cancellation);

    /// <summary>A cheap read: tells whether the provider answers and takes our credentials.</summary>
    Task Check(CancellationToken cancellation);
}
