using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed class CancelOmsOrderHandler(RetailCrmClient crm, OperationsLedger ledger, OrderTurns turns) : IHandleMessages<CancelOmsOrder>
{
    public async Task Handle(CancelOmsOrder command, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var operation = await ledger.Begin(
            command.OperationId, command.OrderId, RetailCrmClient.Vendor, nameof(CancelOmsOrder), Fingerprint.Of(command), cancellation);

        await context.Reply(operation.Reply() ?? await turns.Take(command.OrderId, () => Cancel(command, operation, cancellation), cancellation));
    }

    async Task<object> Cancel(CancelOmsOrder command, Operation operation, CancellationToken cancellation)
    {
        if (MustCancel((await crm.Find(command.OrderId, cancellation))?.Standing))
            await crm.Edit(command.OrderId, new { Status = "cancel-other", StatusComment = command.Reason }, cancellation);
        return await ledger.Finish(operation.Id, OperationState.Done, new OmsOrderCancelled(command.OrderId), cancellation);
    }

    /// <summary>An order that never reached RetailCRM, or that somebody cancelled there, is as cancelled as it can be. One that only lacks goods was given up by nobody yet.</summary>
    internal static bool MustCancel(OmsStanding? standing) => standing is { IsCancelled: false } or { LacksGoods: true };
}
