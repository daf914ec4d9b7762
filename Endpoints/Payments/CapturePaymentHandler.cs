using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class CapturePaymentHandler(YooKassaClient client, OperationsLedger ledger) : IHandleMessages<CapturePayment>
{
    public async Task Handle(CapturePayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var operation = await ledger.Begin(message.OperationId, message.OrderId, YooKassaClient.System, "capture", Fingerprint.Of(message), cancellation);
        await context.Reply(operation.Reply() ?? await Capture(message, operation, cancellation));
    }

    async Task<object> Capture(CapturePayment command, Operation operation, CancellationToken cancellation)
    {
        // An earlier attempt may have taken the money and lost the answer: the payment's own status tells, whatever became of the key.
        var payment = operation.IsNew ? null : await client.Find(command.PaymentId, cancellation);
        var refusal = default(YooKassaError);
        if (payment is null or { Status: "waiting_for_capture" })
        {
            (payment, refusal) = await client.Capture(command, cancellation);
            payment ??= await client.Find(command.PaymentId, cancellation);
        }

        await ledger.Name(operation.Id, payment.Id, cancellation);
        var reply = Outcome(command, payment, refusal);
        return await ledger.Finish(operation.Id, reply is PaymentCaptured ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    internal static object Outcome(CapturePayment command, YooKassaPayment payment, YooKassaError? refusal) => payment.Status switch
    {
        "succeeded" when payment.IsPaidBack => new CaptureRefused(command.OrderId, payment.Id, "the money was given back already"),
        "succeeded" => new PaymentCaptured(command.OrderId, payment.Id, payment.Amount.ToMoney()),
        "canceled" => new CaptureRefused(command.OrderId, payment.Id, DeclineWords.Of(payment.CancellationDetails?.Reason)),
        _ when refusal is not null => throw new RejectedException(
            $"YooKassa refused to take {command.Amount} of payment {payment.Id} for order {command.OrderId} " +
            $"({refusal.Description}, parameter '{refusal.Parameter}'), and the payment is '{payment.Status}': nothing was taken, and the hold stands. " +
            "Compare the amount with what is held, then retry the message or release the hold."),
        _ => throw new InvalidOperationException(
            $"YooKassa says '{payment.Status}' of payment {payment.Id} for order {command.OrderId} after it was asked to take the money, " +
            "which this hub does not know. " +
            $"Look at the payment in the shop's account; add the status to {nameof(CapturePaymentHandler)}.{nameof(Outcome)}, then retry the message."),
    };
}
