using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

/// <summary>Tells the process how picking stands, by what RetailCRM says now, where that is news.</summary>
sealed class LookAtPickingHandler(RetailCrmClient crm, OperationsLedger ledger) : IHandleMessages<LookAtPicking>
{
    public async Task Handle(LookAtPicking hint, IMessageHandlerContext context)
    {
        // The account holds orders of others too.
        var operations = await ledger.Of(hint.OrderId, RetailCrmClient.Vendor, context.CancellationToken);
        if (operations.Any(operation => operation.Kind == nameof(RegisterOrder))
            && await crm.Find(hint.OrderId, context.CancellationToken) is { } order
            && CheckPickingHandler.Report(new(hint.OrderId), order) is { State: not PickingState.InProgress } report)
            await context.Send(report);
    }
}
