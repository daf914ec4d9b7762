using Dovetail.Contracts.Oms.Commands;
using Dovetail.Endpoints.Connectors;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed class MarkOrderCompleteHandler(RetailCrmClient crm, OrderTurns turns) : IHandleMessages<MarkOrderComplete>
{
    public Task Handle(MarkOrderComplete command, IMessageHandlerContext context) =>
        turns.Take(command.OrderId, () => Mark(command, context.CancellationToken), context.CancellationToken);

    async Task Mark(MarkOrderComplete command, CancellationToken cancellation)
    {
        var order = await crm.Find(command.OrderId, cancellation) ?? throw new RejectedException(
            $"RetailCRM has no order with the external id {command.OrderId}, which the customer has received. " +
            "Put the external id back in RetailCRM, then retry the message.");

        if (order.Standing.IsBefore(OmsStanding.Complete))
            await crm.Edit(command.OrderId, new { Status = OmsStanding.Complete }, cancellation);
    }
}
