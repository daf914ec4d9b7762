using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class HoldPaymentHandler(PaymentProviders providers, OperationsLedger ledger, TimeProvider time) : IHandleMessages<HoldPayment>
{
    public async Task Handle(HoldPayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var provider = await providers.For(message, cancellation);
        var operation = await ledger.Begin(message.OperationId, message.OrderId, provider.Name, "hold", Fingerprint.Of(message with { Receipt = null }), cancellation);
        await context.Reply(operation.Named(operation.Reply() ?? await Hold(message, provider, operation, cancellation)));
    }

    async Task<object> Hold(HoldPayment command, IPaymentProvider provider, Operation operation, CancellationToken cancellation)
    {
        var payment = await Earlier(provider, operation, cancellation);
        if (payment is null)
        {
            var answer = await provider.Hold(command, operation.FirstCall, cancellation);
            if (answer.Refusal is { } refusal)
                return await ledger.Finish(operation.Id, OperationState.Refused, Refused(command, provider.Name, refusal), cancellation);

            await ledger.Name(operation.Id, answer.Value!.Id, cancellation);

            // A key that was used before is answered with the payment as it was then: the hold may have ended since.
            payment = operation.IsNew ? answer.Value : await provider.Find(answer.Value.Id, cancellation);
        }

        var reply = Outcome(command, provider.Name, payment);
        var told = await ledger.Finish(operation.Id, reply is PaymentHeld ? OperationState.Done : OperationState.Refused, reply, cancellation);
        return Told(reply, told, provider.Name);
    }

    /// <summary>A hint may have been quicker: of two answers the first counts, and money is not to be held beside a no.</summary>
    internal static object Told(object reply, object told, string provider) => (reply, told) is (PaymentHeld held, PaymentDeclined declined)
        ? throw new RejectedException(
            $"{provider} holds {held.Amount} as payment {held.PaymentId} for order {held.OrderId}, which has been told already that it was declined ({declined.Reason}): nobody will take or release that hold. " +
            "Release it in the provider's account. There is no need to retry the message: it would only repeat the no.")
        : told;

    /// <summary>What an earlier attempt did whose answer was lost. While the key is remembered, sending again finds that out by itself.</summary>
    async Task<Payment?> Earlier(IPaymentProvider provider, Operation operation, CancellationToken cancellation) =>
        operation.VendorId is { } paymentId ? await provider.Find(paymentId, cancellation)
        : IdempotenceKey.MayBeForgotten(operation, time.GetUtcNow()) ? await provider.FindPayment(operation.Id, operation.FirstCall, cancellation)
        : null;

    internal static object Outcome(HoldPayment command, string provider, Payment payment) => payment.Status switch
    {
        // Taken already: somebody captured it by hand. The capture to come will see that and take nothing more.
        PaymentStatus.Held or PaymentStatus.Taken => new PaymentHeld(command.OrderId, payment.Id, payment.Amount, payment.ExpiresAt),
        PaymentStatus.Gone => new PaymentDeclined(command.OrderId, DeclineWords.Of(payment.Reason)),

        // Nobody is shown the bank's page, so this payment can never be confirmed: nothing is held, and nothing will be.
        PaymentStatus.AwaitsPayer => new PaymentDeclined(command.OrderId, DeclineWords.AwaitsPayer),

        // The payment has an id by now, so the next attempt asks for that and sends nothing.
        PaymentStatus.Running => throw new TimeoutException(
            $"{provider} has not finished payment {payment.Id} of {command.Amount} for order {command.OrderId}; the money may still be held. It is asked again when the message is retried."),
        _ => throw new InvalidOperationException(
            $"{provider} says '{payment.Told}' of payment {payment.Id} for order {command.OrderId}, which this hub does not know; money may be held. " +
            $"Add the status to {nameof(PaymentStatus)} where {provider}'s words are read, then retry the message from the error queue."),
    };

    internal static PaymentDeclined Refused(HoldPayment command, string provider, Refusal refusal) => refusal.Cause switch
    {
        RefusalCause.PaymentMethod => new(command.OrderId, "the saved payment method is no longer valid; please choose another one"),
        RefusalCause.Amount => new(command.OrderId, "this amount can't be paid with the saved payment method"),
        _ => throw new RejectedException(
            $"{provider} refused to hold {command.Amount} for order {command.OrderId} ({refusal.Text}). " +
            "Nothing was held. The request itself is at fault: mend what the text names, then retry the message."),
    };
}
