using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class CapturePaymentHandler(PaymentProviders providers, OperationsLedger ledger) : IHandleMessages<CapturePayment>
{
    public async Task Handle(CapturePayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var provider = providers.Of(message.PaymentId);
        var operation = await ledger.Begin(message.OperationId, message.OrderId, provider.Name, "capture", Fingerprint.Of(message with { Receipt = null }), message.PaymentId, cancellation);
        await context.Reply(operation.Reply() ?? await Capture(message, provider, operation, cancellation));
    }

    async Task<object> Capture(CapturePayment command, IPaymentProvider provider, Operation operation, CancellationToken cancellation)
    {
        // An earlier attempt may have taken the money and lost the answer: the payment's own status tells, whatever became of the key.
        var payment = operation.IsNew ? null : await provider.Find(command.PaymentId, cancellation);
        var refusal = default(Refusal);
        if (payment is null or { Status: PaymentStatus.Held })
        {
            (payment, refusal) = await provider.Capture(command, operation.FirstCall, cancellation);
            payment ??= await provider.Find(command.PaymentId, cancellation);
        }

        var reply = Outcome(command, provider.Name, payment, refusal);
        return await ledger.Finish(operation.Id, reply is PaymentCaptured ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    internal static object Outcome(CapturePayment command, string provider, Payment payment, Refusal? refusal) => payment.Status switch
    {
        PaymentStatus.Taken when payment.IsPaidBack => new CaptureRefused(command.OrderId, payment.Id, "the money was given back already"),
        PaymentStatus.Taken => new PaymentCaptured(command.OrderId, payment.Id, payment.Amount),
        PaymentStatus.Gone => new CaptureRefused(command.OrderId, payment.Id, DeclineWords.Of(payment.Reason)),
        _ when refusal is not null => throw new RejectedException(
            $"{provider} refused to take {command.Amount} of payment {payment.Id} for order {command.OrderId} " +
            $"({refusal.Text}), and the payment is '{payment.Told}': nothing was taken, and the hold stands. " +
            "Compare the amount with what is held, then retry the message or release the hold."),
        _ => throw new InvalidOperationException(
            $"{provider} says '{payment.Told}' of payment {payment.Id} for order {command.OrderId} after it was asked to take the money, " +
            "which this hub does not know. " +
            $"Look at the payment in the provider's account; add the status to {nameof(CapturePaymentHandler)}.{nameof(Outcome)}, then retry the message."),
    };
}
