using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class VoidPaymentHandler(PaymentProviders providers, OperationsLedger ledger) : IHandleMessages<VoidPayment>
{
    public async Task Handle(VoidPayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var provider = providers.Of(message.PaymentId);
        var operation = await ledger.Begin(message.OperationId, message.OrderId, provider.Name, "void", Fingerprint.Of(message with { Settled = false }), message.PaymentId, cancellation);
        await context.Reply(operation.Named(message.Settled
            ? await ledger.Settle(operation, new PaymentVoided(message.OrderId, message.PaymentId), cancellation)
            : operation.Reply() ?? await Void(message, provider, operation, cancellation)));
    }

    async Task<object> Void(VoidPayment command, IPaymentProvider provider, Operation operation, CancellationToken cancellation)
    {
        var payment = operation.IsNew ? null : await provider.Find(command.PaymentId, cancellation);
        var refusal = default(Refusal);
        if (payment is null or { Status: PaymentStatus.Held })
        {
            (payment, refusal) = await provider.Cancel(command, operation.FirstCall, cancellation);

            // A hold that ended by itself can't be cancelled any more, and that is as good.
            payment ??= await provider.Find(command.PaymentId, cancellation);
        }

        var reply = Outcome(command, payment, refusal);
        return await ledger.Finish(operation.Id, reply is PaymentVoided ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    internal static object Outcome(VoidPayment command, Payment payment, Refusal? refusal) => payment.Status switch
    {
        PaymentStatus.Gone => new PaymentVoided(command.OrderId, payment.Id),

        // Somebody took it by hand: there is no hold any more, and the order has it refunded once it knows.
        PaymentStatus.Taken => new PaymentCaptured(command.OrderId, payment.Id, payment.Amount),
        _ => new PaymentReturnRefused(
            command.OrderId, payment.Id, $"the payment provider did not release the hold (status '{payment.Told}'): {refusal?.Text ?? "no reason given"}"),
    };
}
