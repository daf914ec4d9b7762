using Dovetail.Contracts.Oms.Commands;
using Dovetail.Endpoints.Connectors;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed class MarkOrderCompleteHandler(RetailCrmClient crm) : IHandleMessages<MarkOrderComplete>
{
    public async Task Handle(MarkOrderComplete command, IMessageHandlerContext context)
    {
        var order = await crm.Find(command.OrderId, context.CancellationToken) ?? throw new RejectedException(
            $"RetailCRM has no order with the external id {command.OrderId}, which the customer has received. " +
            "Put the external id back in RetailCRM, then retry the message.");

        if (order.Standing.IsBefore(OmsStanding.Complete))
            await crm.Edit(command.OrderId, new { Status = OmsStanding.Complete }, context.CancellationToken);
    }
}
