using Dovetail.Contracts;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class RefundPaymentHandler(PaymentProviders providers, OperationsLedger ledger) : IHandleMessages<RefundPayment>
{
    public async Task Handle(RefundPayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var provider = providers.Of(message.PaymentId);
        var operation = await ledger.Begin(message.OperationId, message.OrderId, provider.Name, "refund", Fingerprint.Of(message with { Receipt = null, Settled = false }), cancellation);
        await context.Reply(operation.Named(message.Settled
            ? await ledger.Settle(operation, new PaymentRefunded(message.OrderId, message.PaymentId, message.Amount), cancellation)
            : operation.Reply() ?? await Refund(message, provider, operation, cancellation)));
    }

    async Task<object> Refund(RefundPayment command, IPaymentProvider provider, Operation operation, CancellationToken cancellation)
    {
        var refund = await Earlier(command, provider, operation, cancellation);
        if (refund is null)
        {
            var answer = await provider.Refund(command, operation.FirstCall, cancellation);
            if (answer.Refusal is { } refusal)
            {
                // Somebody may have given the money back by hand meanwhile: the payment itself tells.
                var told = Refused(command, refusal, await provider.Find(command.PaymentId, cancellation));
                return await ledger.Finish(operation.Id, told is PaymentRefunded ? OperationState.Done : OperationState.Refused, told, cancellation);
            }

            refund = answer.Value!;
            await ledger.Name(operation.Id, refund.Id, cancellation);
        }

        var reply = Outcome(command, provider.Name, refund);
        return await ledger.Finish(operation.Id, reply is PaymentRefunded ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    static async Task<Refund?> Earlier(RefundPayment command, IPaymentProvider provider, Operation operation, CancellationToken cancellation) =>
        operation.VendorId is { } refundId ? await provider.FindRefund(refundId, cancellation)
        : operation.IsNew ? null
        : await provider.FindRefund(command.PaymentId, operation.Id, cancellation);

    internal static object Outcome(RefundPayment command, string provider, Refund refund) => refund.Status switch
    {
        RefundStatus.Done => new PaymentRefunded(command.OrderId, refund.PaymentId, refund.Amount),
        RefundStatus.Failed => new PaymentReturnRefused(command.OrderId, refund.PaymentId, DeclineWords.Of(refund.Reason)),

        // The refund has an id by now, so the next attempt asks for that and sends nothing.
        RefundStatus.Running => throw new TimeoutException(
            $"{provider} has not finished refund {refund.Id} of {command.Amount} for order {command.OrderId}. It is asked again when the message is retried."),
        _ => throw new InvalidOperationException(
            $"{provider} says '{refund.Told}' of refund {refund.Id} for order {command.OrderId}, which this hub does not know; the money may be on its way back. " +
            $"Add the status to {nameof(RefundStatus)} where {provider}'s words are read, then retry the message from the error queue."),
    };

    internal static object Refused(RefundPayment command, Refusal refusal, Payment payment) => payment switch
    {
        { IsPaidBack: true } or { Status: PaymentStatus.Gone } => new PaymentRefunded(command.OrderId, payment.Id, command.Amount),
        _ => new PaymentReturnRefused(
            command.OrderId, payment.Id,
            $"the payment provider did not give {command.Amount} back ({payment.Refunded ?? Money.Zero(command.Amount.Currency)} has gone back so far): {refusal.Text}"),
    };
}
