using Dovetail.Contracts.Oms.Commands;
using Dovetail.Endpoints.Connectors;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed partial class MarkOrderShippedHandler(RetailCrmClient crm, OrderTurns turns, ILogger<MarkOrderShippedHandler> logger) : IHandleMessages<MarkOrderShipped>
{
    public Task Handle(MarkOrderShipped command, IMessageHandlerContext context) =>
        turns.Take(command.OrderId, () => Mark(command, context.CancellationToken), context.CancellationToken);

    async Task Mark(MarkOrderShipped command, CancellationToken cancellation)
    {
        var order = await crm.Find(command.OrderId, cancellation) ?? throw new RejectedException(
            $"RetailCRM has no order with the external id {command.OrderId}, which is on its way to the customer. " +
            "Put the external id back in RetailCRM, then retry the message.");

        if (order.Standing.IsCancelled)
            CancelledThere(command.OrderId, order.Status);
        if (Change(command, order) is not { } change)
            return;

        // The payments first: once the order itself is moved, a repetition of this message changes nothing more.
        foreach (var payment in order.Payments.Where(payment => payment.Status == OmsPayment.Held))
            await crm.EditPayment(payment.Id, new { Status = "paid" }, cancellation);

        await crm.Edit(command.OrderId, change, cancellation);
    }

    /// <summary>What is to be written, or null: an order never moves backwards.</summary>
    internal static object? Change(MarkOrderShipped command, OmsOrder order)
    {
        var delivery = new { Data = new { TrackNumber = command.TrackingNumber } };
        return order.Standing switch
        {
            var standing when standing.IsBefore(OmsStanding.Delivery) => new { Status = "delivering", Shipped = true, Delivery = delivery },
            { Group: OmsStanding.Delivery } when order.Delivery?.Data?.TrackNumber != command.TrackingNumber => new { Shipped = true, Delivery = delivery },
            _ => null,
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Order {OrderId} was shipped, but stands as '{Status}' (cancelled) in RetailCRM and was left so: ask the call centre who cancelled it there, and why.")]
    partial void CancelledThere(string orderId, string status);
}
