using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Mes.Messages;
using NServiceBus;

namespace Dovetail.Endpoints.Mes;

/// <summary>No ledger: cancelling twice is cancelling once.</summary>
sealed class CancelModelPriceHandler(MesClient mes) : IHandleMessages<CancelModelPrice>
{
    public async Task Handle(CancelModelPrice command, IMessageHandlerContext context)
    {
        await mes.Cancel(command.JobId, context.CancellationToken);
        await context.Reply(new ModelPriceCancelled(command.OrderId, command.LineId));
    }
}
