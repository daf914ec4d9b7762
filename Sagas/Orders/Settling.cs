using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Events;

namespace Dovetail.Sagas.Orders;

/// <summary>What a person may do in a system's place: what the order undoes, and what is credited after its delivery. Never what charges or ships, but for the rest of what was taken in part.</summary>
static class Settling
{
    /// <summary>Enters what was done by hand into the order's state.</summary>
    /// <returns>What has become true; null where the order waits for nothing that a person could have done.</returns>
    public static Func<Standing, object>[]? Take(OrderState order)
    {
        if (!IsPossible(order.Step) && !order.IsShort) return null;
        if (order.Step == Step.AccruePoints)
        {
            order.PointsEarned = 0;
            return [];
        }
        if (order.Step == Step.CapturePayment)
        {
            // What was taken is what counts as held, so that nothing more is waited for.
            order.Held = order.Captured;
            return [standing => new OrderPaid(order.OrderId, standing, order.Captured!)];
        }
        var what = $"{Words.Undone(order)}, by hand";
        Mark(order);
        return [standing => new OrderStepUndone(order.OrderId, standing, what)];
    }

    public static bool IsPossible(Step step) =>
        step is Step.AccruePoints or Step.CancelShipment or Step.RefundPayment or Step.VoidPayment or Step.CancelOmsOrder or Step.ReleasePoints
            or Step.RefundOldHold or Step.ReleaseOldHold or Step.ReturnPoints;

    static void Mark(OrderState order)
    {
        switch (order.Step)
        {
            case Step.CancelShipment:
                order.Booking = Effect.Undone;
                break;
            case Step.RefundPayment:
                order.Capture = Effect.Undone;
                break;
            case Step.VoidPayment:
                order.Hold = Effect.Undone;
                break;
            case Step.CancelOmsOrder:
                order.Oms = Effect.Undone;
                break;
            case Step.RefundOldHold or Step.ReleaseOldHold:
                order.Spare = null;
                break;
            case Step.ReleasePoints or Step.ReturnPoints:
            default:
                order.ReturnPoints();
                break;
        }
    }
}
