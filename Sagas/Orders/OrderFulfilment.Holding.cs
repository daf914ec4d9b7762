using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Messages;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

/// <remarks>Money is held once on the way there, once more where an amendment makes the order dearer, and anew where a hold would end before the goods are ready.</remarks>
sealed partial class OrderFulfilment : IHandleMessages<PaymentHeld>, IHandleMessages<PaymentDeclined>
{
    public Task Handle(PaymentHeld held, IMessageHandlerContext context)
    {
        if (!(Data.Step == Step.RenewHold ? IsAsked(held.OperationId) : Expects(Step.HoldPayment, Step.HoldAnew, Data.Hold, held.OperationId))) return Task.CompletedTask;
        Data.SetHold(held.PaymentId, held.Amount);
        (Data.HoldUntil, Data.RenewHoldAt) = (held.ExpiresAt, deadlines.RenewalOf(held.ExpiresAt, time.GetUtcNow()));
        return Done(context, standing => new OrderPaymentHeld(Data.OrderId, standing, held.Amount));
    }

    public Task Handle(PaymentDeclined declined, IMessageHandlerContext context) => Data.Step == Step.RenewHold
        ? NotRenewed(declined, context)
        : RefusedAt(Step.HoldPayment, Step.HoldAnew, declined.OperationId, context, declined.Reason);

    /// <summary>The earlier hold still stands, and may be why the card has nothing left for another: once it has ended the bank is asked for the last time.</summary>
    Task NotRenewed(PaymentDeclined declined, IMessageHandlerContext context)
    {
        if (!IsAsked(declined.OperationId)) return Task.CompletedTask;
        if (Data.Ending is not null) return Answered(context);
        if (Data.RenewHoldAt >= Data.HoldUntil) return CancelAt(Step.RenewHold, context, Words.NotHeldAnew(declined.Reason));
        Data.RenewHoldAt = Data.HoldUntil + deadlines.PaymentPatience;
        return Answered(context, standing => new OrderHoldNotRenewed(Data.OrderId, standing, Data.HoldUntil!.Value, Words.Plain(declined.Reason)));
    }
}
