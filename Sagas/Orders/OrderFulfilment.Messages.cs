using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Pricing.Messages;
using Dovetail.Contracts.Tasks.Messages;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

sealed partial class OrderFulfilment
{
    // Every message of the process names its order, so an answer finds it even when it was sent again by hand.
    protected override void ConfigureHowToFindSaga(SagaPropertyMapper<OrderState> mapper)
    {
        mapper.ConfigureNotFoundHandler<ForgottenOrder>();
        mapper.MapSaga(order => order.OrderId)
            .ToMessage<PlaceOrder>(message => message.OrderId)
            .ToMessage<CancelOrder>(message => message.OrderId)
            .ToMessage<ResumeOrder>(message => message.OrderId)
            .ToMessage<RefundPart>(message => message.OrderId)
            .ToMessage<ModelPriceRunning>(message => message.OrderId)
            .ToMessage<ModelPriceCalculated>(message => message.OrderId)
            .ToMessage<ModelPriceRefused>(message => message.OrderId)
            .ToMessage<ModelPriceCancelled>(message => message.OrderId)
            .ToMessage<OrderPriceCalculated>(message => message.OrderId)
            .ToMessage<OrderPriceRefused>(message => message.OrderId)
            .ToMessage<PointsReserved>(message => message.OrderId)
            .ToMessage<PointsRefused>(message => message.OrderId)
            .ToMessage<PointsReleased>(message => message.OrderId)
            .ToMessage<PointsAccrued>(message => message.OrderId)
            .ToMessage<PaymentHeld>(message => message.OrderId)
            .ToMessage<PaymentDeclined>(message => message.OrderId)
            .ToMessage<PaymentCaptured>(message => message.OrderId)
            .ToMessage<CaptureRefused>(message => message.OrderId)
            .ToMessage<PaymentVoided>(message => message.OrderId)
            .ToMessage<PaymentRefunded>(message => message.OrderId)
            .ToMessage<PaymentReturnRefused>(message => message.OrderId)
            .ToMessage<RefundFailed>(message => message.OrderId)
            .ToMessage<OmsOrderRegistered>(message => message.OrderId)
            .ToMessage<OmsOrderRefused>(message => message.OrderId)
            .ToMessage<OmsOrderCancelled>(message => message.OrderId)
            .ToMessage<OmsOrderAmended>(message => message.OrderId)
            .ToMessage<TaskAnswered>(message => message.OrderId)
            .ToMessage<TaskUnanswered>(message => message.OrderId)
            .ToMessage<PickingReported>(message => message.OrderId)
            .ToMessage<ShipmentReported>(message => message.OrderId)
            .ToMessage<ShipmentRefused>(message => message.OrderId)
            .ToMessage<ShipmentCancelled>(message => message.OrderId)
            .ToMessage<ShipmentCancellationRefused>(message => message.OrderId);
    }
}
