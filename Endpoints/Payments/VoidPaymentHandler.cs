using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Payments;

sealed class VoidPaymentHandler(YooKassaClient client, OperationsLedger ledger) : IHandleMessages<VoidPayment>
{
    public async Task Handle(VoidPayment message, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var operation = await ledger.Begin(message.OperationId, message.OrderId, YooKassaClient.System, "void", Fingerprint.Of(message), cancellation);
        await context.Reply(operation.Reply() ?? await Void(message, operation, cancellation));
    }

    async Task<object> Void(VoidPayment command, Operation operation, CancellationToken cancellation)
    {
        var payment = operation.IsNew ? null : await client.Find(command.PaymentId, cancellation);
        var refusal = default(YooKassaError);
        if (payment is null or { Status: "waiting_for_capture" })
        {
            (payment, refusal) = await client.Cancel(command, cancellation);

            // A hold that ended by itself can't be cancelled any more, and that is as good.
            payment ??= await client.Find(command.PaymentId, cancellation);
        }

        await ledger.Name(operation.Id, payment.Id, cancellation);
        var reply = Outcome(command, payment, refusal);
        return await ledger.Finish(operation.Id, reply is PaymentVoided ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    internal static object Outcome(VoidPayment command, YooKassaPayment payment, YooKassaError? refusal) => payment.Status switch
    {
        "canceled" => new PaymentVoided(command.OrderId, payment.Id),

        // Somebody took it by hand: there is no hold any more, and the order has it refunded once it knows.
        "succeeded" => new PaymentCaptured(command.OrderId, payment.Id, payment.Amount.ToMoney()),
        var status => new PaymentReturnRefused(
            command.OrderId, payment.Id, $"the payment provider did not release the hold (status '{status}'): {refusal?.Description ?? "no reason given"}"),
    };
}
