using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Mes;

/// <summary>A repetition that comes after the MES forgot the key starts one more computation. It costs machine time and nothing else, and ends by itself.</summary>
sealed class RequestModelPriceHandler(MesClient mes, OperationsLedger ledger) : IHandleMessages<RequestModelPrice>
{
    public async Task Handle(RequestModelPrice command, IMessageHandlerContext context)
    {
        var operation = await ledger.Begin(
            command.OperationId, command.OrderId, MesEndpoint.Name, "model-price", Fingerprint.Of(command), context.CancellationToken);
        await context.Reply(operation.Reply() ?? await Request(command, context.CancellationToken));
    }

    async Task<object> Request(RequestModelPrice command, CancellationToken cancellation)
    {
        var job = await mes.Request(command.Model, command.Quantity, key: command.OperationId, cancellation);
        if (job.Id is not null)
            await ledger.Name(command.OperationId, job.Id, cancellation);

        var reply = PriceJobs.Reply(command.OrderId, command.LineId, job);
        return await ledger.Finish(command.OperationId, reply is ModelPriceRefused ? OperationState.Refused : OperationState.Done, reply, cancellation);
    }
}
