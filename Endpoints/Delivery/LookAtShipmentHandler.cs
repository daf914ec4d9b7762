using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Endpoints.Delivery;

/// <summary>Tells the process how a shipment stands, by what CDEK says now. Who sent the hint is not believed.</summary>
sealed partial class LookAtShipmentHandler(CdekClient cdek, OperationsLedger ledger, LatestLooks looks, ILogger<LookAtShipmentHandler> logger) : IHandleMessages<LookAtShipment>
{
    public Task Handle(LookAtShipment hint, IMessageHandlerContext context) =>
        looks.After(hint, context.MessageId, () => Look(hint, context), context.CancellationToken);

    async Task Look(LookAtShipment hint, IMessageHandlerContext context)
    {
        // Looked up here first, so that what a stranger makes up costs CDEK nothing.
        var operations = await ledger.Of(hint.OrderId, CdekClient.Vendor, context.CancellationToken);
        if (operations.Any(operation => operation.Kind == nameof(BookShipment))
            && await cdek.Find(hint.OrderId, hint.ShipmentId, context.CancellationToken) is { } answer && answer.Entity?.Number == hint.OrderId)
            await context.Send(CheckShipmentHandler.Outcome(new(hint.OrderId, hint.ShipmentId), answer));
        else
            NotOurs(hint.OrderId);
    }

    [LoggerMessage(LogLevel.Information, "CDEK has no shipment of order {OrderId} that this hub booked. What hinted at it was forged, or meant for another program of the same account.")]
    partial void NotOurs(string orderId);
}
