using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed class AmendOrderHandler(RetailCrmClient crm, OperationsLedger ledger, OrderTurns turns) : IHandleMessages<AmendOrder>
{
    public async Task Handle(AmendOrder command, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var operation = await ledger.Begin(
            command.OperationId, command.OrderId, RetailCrmClient.Vendor, nameof(AmendOrder), Fingerprint.Of(command), cancellation);

        await context.Reply(operation.Reply() ?? await turns.Take(command.OrderId, () => Amend(command, operation, cancellation), cancellation));
    }

    async Task<object> Amend(AmendOrder command, Operation operation, CancellationToken cancellation)
    {
        var order = await crm.Find(command.OrderId, cancellation);

        // An earlier attempt may have changed it without our hearing of it; by now the new goods may even have been found missing too.
        var isChanged = !operation.IsNew && order is not null && Has(order, command);
        if (Refusal(command, order, isChanged) is { } reason)
            return await Refuse(reason);

        if (!isChanged)
        {
            var answer = await crm.TryEdit(command.OrderId, RetailCrmDraft.Of(command, order!), cancellation);
            if (!answer.IsYes)
                return await Refuse(answer.Body.Reason());
        }

        // The money held is another sum now. Only what differs is written, so a repetition writes nothing.
        foreach (var payment in order!.Payments.Where(payment => payment.Status == OmsPayment.Held && payment.Amount != command.Total.Amount))
            await crm.EditPayment(payment.Id, new { command.Total.Amount }, cancellation);

        return await ledger.Finish(operation.Id, OperationState.Done, new OmsOrderAmended(command.OrderId, command.OperationId), cancellation);

        Task<object> Refuse(string why) =>
            ledger.Finish(operation.Id, OperationState.Refused, new OmsOrderRefused(command.OrderId, why, command.OperationId), cancellation);
    }

    /// <summary>Why the order can't be what the command says, or null.</summary>
    internal static string? Refusal(AmendOrder command, OmsOrder? order, bool isChanged) => order?.Standing switch
    {
        null => $"the order management system has no order {command.OrderId} any more",
        { IsCancelled: true, LacksGoods: false } standing => $"somebody cancelled the order in the order management system: it stands as '{standing.Status}' there",
        { Group: OmsStanding.Delivery or OmsStanding.Complete } standing when !isChanged => $"the order has left the warehouse: it stands as '{standing.Status}' in the order management system",
        _ => null,
    };

    internal static bool Has(OmsOrder order, AmendOrder command) =>
        command.Lines.Select(line => (line.LineId, (decimal)line.Quantity)).ToHashSet()
            .SetEquals(order.Items.Where(item => item.LineId is not null).Select(item => (item.LineId!, item.Quantity)));
}
