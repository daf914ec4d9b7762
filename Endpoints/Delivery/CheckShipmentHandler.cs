using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using NServiceBus;

namespace Dovetail.Endpoints.Delivery;

sealed class CheckShipmentHandler(CdekClient cdek) : IHandleMessages<CheckShipment>
{
    public async Task Handle(CheckShipment command, IMessageHandlerContext context) =>
        await context.Reply(Outcome(command, await cdek.Find(command.OrderId, command.ShipmentId, context.CancellationToken)));

    internal static object Outcome(CheckShipment command, CdekAnswer? answer) => answer switch
    {
        { IsInvalid: true } => new ShipmentRefused(command.OrderId, answer.Reason),
        { Entity: { } shipment } => CdekStatuses.Report(command.OrderId, shipment),

        // The carrier may need a moment between taking a shipment and showing it, so this is no final answer.
        _ => throw new InvalidOperationException(
            $"CDEK knows neither the shipment {command.ShipmentId} nor one with the number {command.OrderId}, although it had taken it. The message is tried again; " +
            "if this stays so, ask CDEK about the order, then retry the message from the error queue."),
    };
}
