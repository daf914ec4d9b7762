using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class RefundPaymentHandler(YooKassaClient client, OperationsLedger ledger) : IHandleMessages<RefundPayment>
{
    public async Task Handle(RefundPayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var operation = await ledger.Begin(message.OperationId, message.OrderId, YooKassaClient.System, "refund", Fingerprint.Of(message), cancellation);
        await context.Reply(operation.Reply() ?? await Refund(message, operation, cancellation));
    }

    async Task<object> Refund(RefundPayment command, Operation operation, CancellationToken cancellation)
    {
        var refund = await Earlier(command, operation, cancellation);
        if (refund is null)
        {
            var answer = await client.Refund(command, cancellation);
            if (answer.Refusal is { } refusal)
            {
                // Somebody may have given the money back by hand meanwhile: the payment itself tells.
                var told = Refused(command, refusal, await client.Find(command.PaymentId, cancellation));
                return await ledger.Finish(operation.Id, told is PaymentRefunded ? OperationState.Done : OperationState.Refused, told, cancellation);
            }

            refund = answer.Value!;
            await ledger.Name(operation.Id, refund.Id, cancellation);
        }

        var reply = Outcome(command, refund);
        return await ledger.Finish(operation.Id, reply is PaymentRefunded ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    async Task<YooKassaRefund?> Earlier(RefundPayment command, Operation operation, CancellationToken cancellation) =>
        operation.VendorId is { } refundId ? await client.FindRefund(refundId, cancellation)
        : operation.IsNew ? null
        : await client.FindRefund(command.PaymentId, operation.Id, cancellation);

    internal static object Outcome(RefundPayment command, YooKassaRefund refund) => refund.Status switch
    {
        "succeeded" => new PaymentRefunded(command.OrderId, refund.PaymentId, refund.Amount.ToMoney()),
        "canceled" => new PaymentReturnRefused(command.OrderId, refund.PaymentId, DeclineWords.Of(refund.CancellationDetails?.Reason)),

        // The refund has an id by now, so the next attempt asks for that and sends nothing.
        "pending" => throw new TimeoutException(
            $"YooKassa has not finished refund {refund.Id} of {command.Amount} for order {command.OrderId}. It is asked again when the message is retried."),
        _ => throw new InvalidOperationException(
            $"YooKassa says '{refund.Status}' of refund {refund.Id} for order {command.OrderId}, which this hub does not know; the money may be on its way back. " +
            $"Add the status to {nameof(RefundPaymentHandler)}.{nameof(Outcome)}, then retry the message from the error queue."),
    };

    internal static object Refused(RefundPayment command, YooKassaError error, YooKassaPayment payment) => payment switch
    {
        { IsPaidBack: true } or { Status: "canceled" } => new PaymentRefunded(command.OrderId, payment.Id, command.Amount),
        _ => new PaymentReturnRefused(
            command.OrderId, payment.Id,
            $"the payment provider did not give {command.Amount} back ({payment.RefundedAmount?.ToMoney() ?? Money.Zero(command.Amount.Currency)} has gone back so far): " +
            $"{error.Description}"),
    };
}
