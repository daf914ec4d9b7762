using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Payments.Messages;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

/// <remarks>Support has a part of the money paid back, or what was paid back did not arrive: beside everything else, and after the order's end for as long as it is remembered.</remarks>
sealed partial class OrderFulfilment : IHandleMessages<RefundPart>, IHandleMessages<RefundFailed>
{
    public Task Handle(RefundPart wish, IMessageHandlerContext context) => PayBack(context, refunds => refunds.TakeOn(wish));

    public Task Handle(RefundFailed failed, IMessageHandlerContext context) => PayBack(context, refunds => refunds.CameBack(failed));

    Task PayBack(IMessageHandlerContext context, Action<PayingBack> decide) => Take(context, course => decide(Refunds(course)));

    Task Wake(IMessageHandlerContext context) => Take(context, course =>
    {
        if (!Data.HasEnded) course.Wake();
        if (Data.PaysBack) Refunds(course).Wake();
    });

    PayingBack Refunds(Course course) => new(Data, deadlines, time.GetUtcNow(), course);
}
