using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

/// <summary>Ends the operations on a payment whose outcome is not known yet, by what the provider says now. Who sent the hint is not believed.</summary>
/// <remarks>What was answered already stays answered, but for a refund that the bank returned later; so a hint that comes twice, late or for no reason changes nothing.</remarks>
sealed partial class LookAtPaymentHandler(PaymentProviders providers, OperationsLedger ledger, ILogger<LookAtPaymentHandler> logger) : IHandleMessages<LookAtPayment>
{
    public async Task Handle(LookAtPayment hint, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var provider = providers.Of(hint.PaymentId);
        if (await provider.Look(hint.PaymentId, cancellation) is not { OperationId: { } made } payment || await ledger.Find(made, cancellation) is not { } hold)
        {
            NotOurs(provider.Name, hint.PaymentId);
            return;
        }

        foreach (var operation in await ledger.Of(hold.OrderId, provider.Name, cancellation))
        {
            if (operation is { Kind: "refund", State: OperationState.Done } && await provider.FindRefund(payment.Id, operation.Id, cancellation) is { Status: RefundStatus.Failed } returned)
            {
                // Each hint that is looked at tells it again: nothing here knows whether the process has heard it, and the process knows.
                await context.Send(new RefundFailed(operation.OrderId, payment.Id, returned.Amount, DeclineWords.Of(returned.Reason), operation.Id));
                CameBack(operation.Id, operation.OrderId, provider.Name);
                continue;
            }
            if (operation.State != OperationState.Started || await Outcome(operation, payment, provider, cancellation) is not { } reply)
                continue;

            await context.Send(operation.Named(await ledger.Finish(operation.Id, State(operation.Kind, reply), reply, cancellation)));
            Resolved(operation.Id, operation.OrderId, provider.Name);
        }
    }

    /// <summary>That the money was taken is no release of its hold.</summary>
    internal static OperationState State(string kind, object reply) =>
        reply is PaymentHeld or PaymentVoided or PaymentRefunded || (reply is PaymentCaptured && kind == "capture") ? OperationState.Done : OperationState.Refused;

    static async Task<object?> Outcome(Operation operation, Payment payment, IPaymentProvider provider, CancellationToken cancellation) => operation.Kind == "refund"
        ? await provider.FindRefund(payment.Id, operation.Id, cancellation) is { } refund ? Outcome(operation, provider.Name, refund) : null
        : Outcome(operation, provider.Name, payment);

    /// <summary>The reply to the operation's command, if the payment tells it; null if it tells nothing yet, or is another one.</summary>
    internal static object? Outcome(Operation operation, string provider, Payment payment) => (operation.Kind, payment.Status) switch
    {
        ("hold", PaymentStatus.Held or PaymentStatus.Taken or PaymentStatus.Gone or PaymentStatus.AwaitsPayer) when operation.Id == payment.OperationId =>
            HoldPaymentHandler.Outcome(new(operation.OrderId, payment.Amount, "", operation.Id), provider, payment),
        ("capture", PaymentStatus.Taken or PaymentStatus.Gone) when operation.VendorId == payment.Id =>
            CapturePaymentHandler.Outcome(new(operation.OrderId, payment.Id, payment.Amount, operation.Id), provider, payment, refusal: null),
        ("void", PaymentStatus.Taken or PaymentStatus.Gone) when operation.VendorId == payment.Id =>
            VoidPaymentHandler.Outcome(new(operation.OrderId, payment.Id, operation.Id), payment, refusal: null),
        _ => null,
    };

    internal static object? Outcome(Operation operation, string provider, Refund refund) => refund.Status is RefundStatus.Done or RefundStatus.Failed
        ? RefundPaymentHandler.Outcome(new(operation.OrderId, refund.PaymentId, refund.Amount, operation.Id), provider, refund)
        : null;

    [LoggerMessage(LogLevel.Information, "{Provider} knows no payment {PaymentId} that this hub made. What hinted at it was forged, or meant for another shop of the same account.")]
    partial void NotOurs(string provider, string paymentId);

    [LoggerMessage(LogLevel.Warning, "{Provider} says that the money of operation {OperationId} of order {OrderId} did not arrive, which had been paid back. The order has a task for the support desk.")]
    partial void CameBack(string operationId, string orderId, string provider);

    [LoggerMessage(LogLevel.Information, "Operation {OperationId} of order {OrderId} ended by a hint of {Provider}.")]
    partial void Resolved(string operationId, string orderId, string provider);
}
