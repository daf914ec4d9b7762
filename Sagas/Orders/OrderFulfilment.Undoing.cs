using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Messages;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

/// <remarks>What was done is undone: all of it where the order is cancelled, and what is too much where it is amended.</remarks>
sealed partial class OrderFulfilment :
    IHandleMessages<ShipmentCancelled>, IHandleMessages<ShipmentCancellationRefused>,
    IHandleMessages<PaymentRefunded>, IHandleMessages<PaymentVoided>, IHandleMessages<PaymentReturnRefused>,
    IHandleMessages<OmsOrderCancelled>, IHandleMessages<PointsReleased>, IHandleMessages<ModelPriceCancelled>
{
    public Task Handle(ShipmentCancelled cancelled, IMessageHandlerContext context) =>
        Undone(Step.CancelShipment, context, () => Data.Booking = Effect.Undone);

    public Task Handle(ShipmentCancellationRefused refused, IMessageHandlerContext context)
    {
        if (Data.Step != Step.CancelShipment) return Task.CompletedTask;
        Data.CarrierKeepsGoods = true;
        return GoOnAfterAll(context, refused.Reason, []);
    }

    public Task Handle(PaymentRefunded refunded, IMessageHandlerContext context) =>
        Data.Refunds?.IsAsked(Data.OrderId, refunded.OperationId) == true ? PayBack(context, refunds => refunds.Returned())
        : !IsAsked(refunded.OperationId) ? Task.CompletedTask
        : IsOldHold(Step.RefundOldHold, refunded.PaymentId) ? OldHoldGone(context)
        : refunded.PaymentId == Data.PaymentId ? Undone(Step.RefundPayment, context, () => Data.Capture = Effect.Undone) : Task.CompletedTask;

    public Task Handle(PaymentVoided voided, IMessageHandlerContext context) =>
        IsOldHold(Step.ReleaseOldHold, voided.PaymentId) ? OldHoldGone(context)
        : voided.PaymentId == Data.PaymentId ? Undone(Step.VoidPayment, context, () => Data.Hold = Effect.Undone) : Task.CompletedTask;

    public Task Handle(PaymentReturnRefused refused, IMessageHandlerContext context) =>
        Data.Refunds?.IsAsked(Data.OrderId, refused.OperationId) == true ? PayBack(context, refunds => refunds.Refused(refused.Reason))
        : IsAsked(refused.OperationId) && refused.PaymentId == (Data.Step is Step.ReleaseOldHold or Step.RefundOldHold ? Data.Spare!.PaymentId : Data.PaymentId)
        && Data.Step is Step.VoidPayment or Step.RefundPayment or Step.ReleaseOldHold or Step.RefundOldHold
            ? NeedPerson(refused.OperationId, context, refused.Reason) : Task.CompletedTask;

    public Task Handle(OmsOrderCancelled cancelled, IMessageHandlerContext context) =>
        Undone(Step.CancelOmsOrder, context, () => Data.Oms = Effect.Undone);

    public Task Handle(PointsReleased released, IMessageHandlerContext context) =>
        !IsAsked(released.OperationId) ? Task.CompletedTask
        : Data.Step == Step.ReturnPoints ? PointsReturned(context)
        : Undone(Step.ReleasePoints, context, Data.ReturnPoints);

    public Task Handle(ModelPriceCancelled cancelled, IMessageHandlerContext context)
    {
        if (Data.Step != Step.CancelModels || Data.Models.Find(model => model.LineId == cancelled.LineId && model.Asked) is not { } model) return Task.CompletedTask;
        ModelAnswered(model, JobState.Ended);
        return GoOn(context, standing => new OrderStepUndone(Data.OrderId, standing, Words.ModelUndone(model.LineId)));
    }

    Task Undone(Step step, IMessageHandlerContext context, Action mark)
    {
        if (Data.Step != step) return Task.CompletedTask;
        var what = Words.Undone(Data);
        mark();
        return Answered(context, standing => new OrderStepUndone(Data.OrderId, standing, what));
    }

    /// <summary>It is the earlier hold that the answer is about.</summary>
    bool IsOldHold(Step step, string paymentId) => Data.Step == step && Data.Spare!.PaymentId == paymentId;

    Task OldHoldGone(IMessageHandlerContext context)
    {
        var (what, spare, isUndone) = (Words.Undone(Data), Data.Spare!, Data.Ending is not null || Data.Step == Step.RefundOldHold);
        Data.Spare = null;
        return Answered(context, standing => isUndone ? new OrderStepUndone(Data.OrderId, standing, what) : new OrderPaymentReleased(Data.OrderId, standing, spare.Held));
    }

    /// <summary>Somebody took the money by hand, instead of which another is held.</summary>
    Task OldHoldTaken(PaymentCaptured captured, IMessageHandlerContext context)
    {
        Data.Spare = Data.Spare! with { Taken = captured.Amount };
        return Answered(context);
    }

    Task PointsReturned(IMessageHandlerContext context)
    {
        var points = Data.PointsSetAside;
        Data.ReturnPoints();
        return Answered(context, standing => new OrderPointsReleased(Data.OrderId, standing, points));
    }
}
