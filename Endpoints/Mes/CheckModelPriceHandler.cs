using Dovetail.Contracts.Mes.Commands;
using NServiceBus;

namespace Dovetail.Endpoints.Mes;

sealed class CheckModelPriceHandler(MesClient mes) : IHandleMessages<CheckModelPrice>
{
    public async Task Handle(CheckModelPrice command, IMessageHandlerContext context)
    {
        var job = await mes.Find(command.JobId, context.CancellationToken);
        await context.Reply(PriceJobs.Reply(command.OrderId, command.LineId, job));
    }
}
