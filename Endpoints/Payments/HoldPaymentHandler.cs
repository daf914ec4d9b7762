using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class HoldPaymentHandler(YooKassaClient client, OperationsLedger ledger, TimeProvider time) : IHandleMessages<HoldPayment>
{
    public async Task Handle(HoldPayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var operation = await ledger.Begin(message.OperationId, message.OrderId, YooKassaClient.System, "hold", Fingerprint.Of(message), cancellation);
        await context.Reply(operation.Reply() ?? await Hold(message, operation, cancellation));
    }

    async Task<object> Hold(HoldPayment command, Operation operation, CancellationToken cancellation)
    {
        var payment = await Earlier(operation, cancellation);
        if (payment is null)
        {
            var answer = await client.Hold(command, cancellation);
            if (answer.Refusal is { } refusal)
                return await ledger.Finish(operation.Id, OperationState.Refused, Refused(command, refusal), cancellation);

            await ledger.Name(operation.Id, answer.Value!.Id, cancellation);

            // A key that was used before is answered with the payment as it was then: the hold may have ended since.
            payment = operation.IsNew ? answer.Value : await client.Find(answer.Value.Id, cancellation);
        }

        var reply = Outcome(command, payment);
        return await ledger.Finish(operation.Id, reply is PaymentHeld ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    /// <summary>What an earlier attempt did whose answer was lost. While the key is remembered, sending again finds that out by itself.</summary>
    async Task<YooKassaPayment?> Earlier(Operation operation, CancellationToken cancellation) =>
        operation.VendorId is { } paymentId ? await client.Find(paymentId, cancellation)
        : IdempotenceKey.MayBeForgotten(operation, time.GetUtcNow()) ? await client.FindPayment(operation.Id, operation.FirstCall, cancellation)
        : null;

    internal static object Outcome(HoldPayment command, YooKassaPayment payment) => payment.Status switch
    {
        // Taken already: somebody captured it by hand. The capture to come will see that and take nothing more.
        "waiting_for_capture" or "succeeded" => new PaymentHeld(command.OrderId, payment.Id, payment.Amount.ToMoney(), payment.ExpiresAt),
        "canceled" => new PaymentDeclined(command.OrderId, DeclineWords.Of(payment.CancellationDetails?.Reason)),

        // The confirmation page is never shown, so YooKassa cancels this payment within the hour, with nothing held.
        "pending" when payment.Confirmation is not null => new PaymentDeclined(
            command.OrderId, "your bank wants you to confirm this payment yourself, which is not possible with a saved payment method; please choose another one"),

        // The payment has an id by now, so the next attempt asks for that and sends nothing.
        "pending" => throw new TimeoutException(
            $"YooKassa has not finished payment {payment.Id} of {command.Amount} for order {command.OrderId}; the money may still be held. It is asked again when the message is retried."),
        _ => throw new InvalidOperationException(
            $"YooKassa says '{payment.Status}' of payment {payment.Id} for order {command.OrderId}, which this hub does not know; money may be held. " +
            $"Add the status to {nameof(HoldPaymentHandler)}.{nameof(Outcome)}, then retry the message from the error queue."),
    };

    internal static PaymentDeclined Refused(HoldPayment command, YooKassaError error) => error.Parameter switch
    {
        "payment_method_id" => new(command.OrderId, "the saved payment method is no longer valid; please choose another one"),
        { } parameter when parameter.StartsWith("amount", StringComparison.Ordinal) =>
            new(command.OrderId, "this amount can't be paid with the saved payment method"),
        _ => throw new RejectedException(
            $"YooKassa refused to hold {command.Amount} for order {command.OrderId} ({error.Code}, parameter '{error.Parameter}': {error.Description}). " +
            "Nothing was held. The request itself is at fault: mend what the text names, then retry the message."),
    };
}
