using Dovetail.Contracts.Orders.Events;
using NServiceBus;

namespace Dovetail.Endpoints.Crm;

sealed class OrderPlacedHandler(OrderDeals deals) : IHandleMessages<OrderPlaced>
{
    public Task Handle(OrderPlaced placed, IMessageHandlerContext context) => deals.Apply(
        new(placed.OrderId, placed.Standing.Sequence, DealStep.Placed, placed.AgreedTotal, placed.Customer), context.CancellationToken);
}

sealed class OrderPricedHandler(OrderDeals deals) : IHandleMessages<OrderPriced>
{
    public Task Handle(OrderPriced priced, IMessageHandlerContext context) =>
        deals.Apply(new(priced.OrderId, priced.Standing.Sequence, DealStep.Priced, priced.Total), context.CancellationToken);
}

sealed class OrderPaidHandler(OrderDeals deals) : IHandleMessages<OrderPaid>
{
    public Task Handle(OrderPaid paid, IMessageHandlerContext context) =>
        deals.Apply(new(paid.OrderId, paid.Standing.Sequence, DealStep.Paid, paid.Amount), context.CancellationToken);
}

sealed class OrderDeliveredHandler(OrderDeals deals) : IHandleMessages<OrderDelivered>
{
    public Task Handle(OrderDelivered delivered, IMessageHandlerContext context) =>
        deals.Apply(new(delivered.OrderId, delivered.Standing.Sequence, DealStep.Delivered), context.CancellationToken);
}

sealed class OrderCompletedHandler(OrderDeals deals) : IHandleMessages<OrderCompleted>
{
    public Task Handle(OrderCompleted completed, IMessageHandlerContext context) =>
        deals.Apply(new(completed.OrderId, completed.Standing.Sequence, DealStep.Won), context.CancellationToken);
}

sealed class OrderCancelledHandler(OrderDeals deals) : IHandleMessages<OrderCancelled>
{
    public Task Handle(OrderCancelled cancelled, IMessageHandlerContext context) => deals.Apply(
        new(cancelled.OrderId, cancelled.Standing.Sequence, DealStep.Lost) { Comment = $"Cancelled: {cancelled.Reason}" }, context.CancellationToken);
}
