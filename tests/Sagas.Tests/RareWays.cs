using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Tasks.Commands;

namespace Dovetail.Sagas.Tests;

/// <summary>Ways that hardly any history goes: free goods, a carrier that is quicker than a cancellation, and systems that say no and then yes.</summary>
static class RareWays
{
    static readonly CancelOrder Wish = new("A-1", "changed my mind");
    static readonly PlaceOrder Free = Samples.Plain with { Lines = [new("1", "LEAFLET", "Leaflet", 1, Samples.Rub(0))] };

    public static IReadOnlyList<Func<OrderStory>> All { get; } =
    [
        () => new OrderWalk(Free).ToTheEnd().Order,
        () => new OrderWalk(Free, systems => systems.Refuses.Add(typeof(RegisterOrder))).ToTheEnd().Order,
        () => CarrierIsQuicker(walk => walk.Order.AllSent<BookShipment>().Count == 1),
        () => CarrierIsQuicker(walk => walk.Order.AllPublished<OrderShipmentBooked>().Count == 1),
        () => SaysYesAfterNo(Samples.WithPoints, typeof(HoldPayment), typeof(ReleasePoints), new PaymentHeld("A-1", "pay-9", Samples.Rub(4500), null)),
        () => SaysYesAfterNo(Samples.PointsOnly, typeof(RegisterOrder), typeof(ReleasePoints), new OmsOrderRegistered("A-1", "OMS-1")),
        () => SaysYesAfterNo(Samples.WithPoints, typeof(CapturePayment), typeof(CancelOmsOrder), new PaymentCaptured("A-1", "pay-1", Samples.Rub(4500))),
        () => SaysYesAfterNo(Samples.WithPoints, typeof(CapturePayment), typeof(ReleasePoints), new PaymentCaptured("A-1", "pay-1", Samples.Rub(4500))),
        TooMuchIsTakenAndTheOrderCancelled,
        ComesBackBeforeItIsAnswered,
        SecondHoldAfterAll,
        SecondHoldDeclinedTooLate,
        .. from picking in new[] { PickingState.InProgress, PickingState.OutOfStock }
           from prepare in new Action<Systems>[] { _ => { }, systems => systems.IsTakenByHand = true, systems => systems.RefusesOperations.Add("hold/2"), systems => systems.RefusesOperations.UnionWith(["hold/2", "hold/3"]) }
           select (Func<OrderStory>)(() => HoldEnds(picking, prepare)),
        RenewalDeclinedTooLate,
        () => PartUnderWayAtTheEnd(Samples.Plain, cancels: false),
        () => PartUnderWayAtTheEnd(Samples.Plain, cancels: true),
        () => PartUnderWayAtTheEnd(Samples.WithPoints, cancels: false),
        () => PartUnderWayAtTheEnd(Samples.WithPoints, cancels: true),
        () => PartUnderWayAtTheEnd(Samples.Plain, cancels: false, ShipmentState.Delivered),
        .. from order in new[] { Samples.Plain, Samples.WithPoints, Samples.PointsOnly with { PointsToSpend = 4990 } }
           from price in new[] { 0, 4_500 }
           from isTakenByHand in new[] { false, true }
           from moment in Enumerable.Range(8, 24)
           select (Func<OrderStory>)(() => CancelledWhileAmended(order, price, isTakenByHand, moment)),
    ];

    static OrderStory CancelledWhileAmended(PlaceOrder order, decimal price, bool isTakenByHand, int moment)
    {
        var walk = new OrderWalk(order, systems =>
        {
            (systems.Picking, systems.IsTakenByHand) = ([PickingState.OutOfStock, PickingState.Picked], isTakenByHand);
            (systems.Missing, systems.CallCentre) = (lines => lines, task => Desk.Substitute(task, price, agreed: 20_000));
        }).Steps(moment);
        if (walk.Order.IsRunning) walk.Order.Receives(Wish);
        walk.ToTheEnd();
        return walk.Order;
    }

    /// <summary>Neither the goods nor a decision are there before half of the hold's time has passed.</summary>
    static OrderWalk HoldEndsSoon(PickingState picking, Action<Systems> prepare) => new(Samples.Plain, systems =>
    {
        (systems.HoldsFor, systems.Picking, systems.CallCentre) = (TimeSpan.FromHours(2), [.. Enumerable.Repeat(picking, picking == PickingState.InProgress ? 90 : 1), PickingState.Picked], _ => null);
        prepare(systems);
    });

    /// <summary>Whoever is asked decides after the hold was renewed, or was not.</summary>
    static OrderStory HoldEnds(PickingState picking, Action<Systems> prepare)
    {
        var walk = HoldEndsSoon(picking, prepare).Until(passed => passed.Order.AllSent<HoldPayment>().Count == 2 && passed.Order.State.Step is Sagas.Orders.Step.PickGoods or Sagas.Orders.Step.AskCallCentre);
        if (picking == PickingState.OutOfStock) walk.Order.Receives(Desk.Drop(walk.Order.Sent<OpenTask>()));
        return walk.ToTheEnd().Order;
    }

    static OrderStory RenewalDeclinedTooLate()
    {
        var walk = HoldEndsSoon(PickingState.InProgress, _ => { }).Until(passed => passed.Order.AllPublished<OrderPaymentHeld>().Count == 1);
        walk.Silent = typeof(HoldPayment);
        walk.Until(passed => passed.Order.AllSent<HoldPayment>().Count == 2);
        return walk.Order.Receives(Wish, new PaymentDeclined("A-1", "insufficient funds", "A-1/hold/2"));
    }

    /// <summary>All of the money is on its way back in one part, and does not arrive before the rest is done.</summary>
    static OrderStory PartUnderWayAtTheEnd(PlaceOrder order, bool cancels, params ShipmentState[] shipping)
    {
        var walk = new OrderWalk(order, systems => systems.Shipping = shipping.Length > 0 ? shipping : systems.Shipping) { Silent = typeof(RefundPayment) };
        walk.Until(passed => passed.Order.AllPublished<OrderPaid>().Count == 1);
        walk.Order.Receives(Samples.Refund(order == Samples.Plain ? 4_990 : 4_500));
        if (cancels) walk.Order.Receives(Wish);
        walk.Until(passed => passed.Order.State.Step == Sagas.Orders.Step.PayPartsBack).Silent = null;
        return walk.ToTheEnd().Order;
    }

    static OrderStory CarrierIsQuicker(Func<OrderWalk, bool> moment)
    {
        var walk = new OrderWalk(Samples.Plain).Until(moment);
        if (walk.Order.State.ShipmentId == "") walk.Order.Receives(new ShipmentReported("A-1", "ship-1", ShipmentState.Requested, null, "requested", walk.Order.Clock.Now));
        return walk.Order.Receives(Wish, new ShipmentCancellationRefused("A-1", "ship-1", "it is on its way"));
    }

    static OrderStory SaysYesAfterNo(PlaceOrder order, Type no, Type meanwhile, object yes)
    {
        var walk = new OrderWalk(order, systems => systems.Refuses.Add(no)) { Silent = meanwhile };
        walk.Until(passed => passed.Order.Commands.Any(command => command.GetType() == meanwhile));
        return walk.Order.Receives(yes);
    }

    static OrderStory TooMuchIsTakenAndTheOrderCancelled()
    {
        var walk = new OrderWalk(Samples.Plain, systems => systems.TakenByHand = 9_000).Until(passed => passed.Order.AllSent<RefundPayment>().Count == 1);
        walk.Order.Receives(Wish);
        return walk.ToTheEnd().Order;
    }

    /// <summary>Nothing else is left to undo, and that the money came back is heard of before that it was paid back.</summary>
    static OrderStory ComesBackBeforeItIsAnswered()
    {
        var walk = new OrderWalk(Samples.Plain, systems => (systems.IsTakenByHand, _) = (true, systems.Refuses.Add(typeof(RegisterOrder)))) { Silent = typeof(RefundPayment) };
        var refund = walk.Until(passed => passed.Order.AllSent<RefundPayment>().Count == 1).Order.Sent<RefundPayment>();
        return walk.Order.Receives(
            new RefundFailed("A-1", "pay-1", refund.Amount, "the card was closed", refund.OperationId), new PaymentRefunded("A-1", "pay-1", refund.Amount, refund.OperationId));
    }

    static OrderStory SecondHoldDeclinedTooLate()
    {
        var walk = DearerThanPoints().Until(passed => passed.Order.AllSent<HoldPayment>().Count == 1);
        return walk.Order.Receives(Wish, new PaymentDeclined("A-1", "insufficient funds", "A-1/hold/2"));
    }

    /// <summary>Points paid for all; what comes instead costs money, which the bank will not hold, and then does.</summary>
    static OrderStory SecondHoldAfterAll()
    {
        var walk = DearerThanPoints().Until(passed => passed.Order.AllPublished<OrderSubstitutionAsked>().Count == 2);
        return walk.Order.Receives(Wish, new PaymentHeld("A-1", "pay-9", Samples.Rub(2_010), null, "A-1/hold/2"));
    }

    static OrderWalk DearerThanPoints() => new(Samples.PointsOnly with { PointsToSpend = 4990 }, systems =>
    {
        (systems.Picking, systems.CallCentre) = ([PickingState.OutOfStock], task => Desk.Substitute(task, 6_000, agreed: 9_000));
        systems.RefusesOperations.Add("hold/2");
    });
}
