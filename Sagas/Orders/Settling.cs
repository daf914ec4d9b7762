using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;

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

    /// <summary>What was asked may still lie in a queue, above all among the failed messages, where anybody may have it retried. The system must know before that it is done.</summary>
    public static IEnumerable<object> Tell(IEnumerable<object> questions) => questions.Select(question => question switch
    {
        RefundPayment refund => refund with { Settled = true },
        VoidPayment release => release with { Settled = true },
        ReleasePoints release => release with { Settled = true },
        AccruePoints accrue => accrue with { Settled = true },

        // Goods that were taken out by hand are not taken out twice.
        _ => (object?)null,
    }).OfType<object>();

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
