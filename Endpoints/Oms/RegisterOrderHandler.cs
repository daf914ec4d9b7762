using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed class RegisterOrderHandler(RetailCrmClient crm, OperationsLedger ledger, IOptions<RetailCrmOptions> options) : IHandleMessages<RegisterOrder>
{
    public async Task Handle(RegisterOrder command, IMessageHandlerContext context)
    {
        var operation = await ledger.Begin(
            command.OperationId, command.OrderId, RetailCrmClient.Vendor, nameof(RegisterOrder), Fingerprint.Of(command), context.CancellationToken);

        await context.Reply(operation.Reply() ?? await Register(command, operation, context.CancellationToken));
    }

    async Task<object> Register(RegisterOrder command, Operation operation, CancellationToken cancellation)
    {
        // An earlier attempt may have reached RetailCRM without our hearing of it.
        var order = operation.IsNew ? null : await crm.Find(command.OrderId, cancellation);
        if (order is null)
        {
            var answer = await crm.Create(RetailCrmDraft.Of(command, options.Value), cancellation);

            // RetailCRM promises no wording for "exists already": whether the order is there tells it apart from a real refusal.
            order = answer.IsYes ? answer.Body.Order : await crm.Find(command.OrderId, cancellation);
            if (order is null)
            {
                var refused = new OmsOrderRefused(command.OrderId, answer.Body.Reason(), command.OperationId);
                return await ledger.Finish(operation.Id, OperationState.Refused, refused, cancellation);
            }
        }

        var registered = Registered(command, order);
        return await ledger.Finish(operation.Id, OperationState.Done, registered, $"{order.Id}", cancellation);
    }

    internal static OmsOrderRegistered Registered(RegisterOrder command, OmsOrder order) => IsOurs(command, order)
        ? new(command.OrderId, order.Number ?? $"{order.Id}")
        : throw new RejectedException(
            $"RetailCRM already has an order {order.Number} (id {order.Id}) with the external id {command.OrderId}, and it has other lines and no payment " +
            $"{command.OperationId}: somebody else registered it. It was left as it is. Give one of the two another external id in RetailCRM, then retry the message.");

    // By the lines alone we would not know the order again after the call centre had changed it; the payment keeps our mark.
    static bool IsOurs(RegisterOrder command, OmsOrder order) =>
        order.Payments.Any(payment => payment.ExternalId == command.OperationId)
        || command.Lines.Select(line => (line.LineId, (decimal)line.Quantity)).ToHashSet()
            .SetEquals(order.Items.Select(item => (item.LineId ?? "", item.Quantity)));
}
