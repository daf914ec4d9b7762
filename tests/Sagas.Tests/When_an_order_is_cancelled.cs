using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Pricing.Messages;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class When_an_order_is_cancelled
{
    static readonly CancelOrder Wish = new("A-1", "changed my mind");

    [TestMethod]
    [DynamicData(nameof(Moments))]
    public void Exactly_what_was_done_is_undone(string name, int moment)
    {
        var walk = new OrderWalk(Samples.All[name]).Steps(moment);
        walk.Order.Receives(Wish, Wish);
        walk.ToTheEnd();

        if (walk.Order.Facts[^1] is OrderCancelled cancelled)
        {
            walk.NothingRemains();
            Assert.AreEqual(Wish.Reason, cancelled.Reason);
            Assert.IsEmpty(walk.Order.AllPublished<OrderCancellationRefused>());
        }
        else
        {
            walk.AllIsSettled(Samples.All[name]);
            Assert.IsNotEmpty(walk.Order.AllPublished<OrderCancellationRefused>(), "Nobody said why the order was not cancelled.");
            Assert.IsEmpty(walk.Order.AllPublished<OrderStepUndone>());
        }
        Assert.IsEmpty(walk.Order.AllPublished<OrderNeedsAttention>());
    }

    [TestMethod]
    public void The_hold_under_way_is_awaited_and_released()
    {
        var walk = new OrderWalk(Samples.Plain).Until(passed => passed.Order.AllSent<HoldPayment>().Count == 1);
        walk.Order.Receives(Wish);
        Assert.IsEmpty(walk.Order.AllSent<VoidPayment>());
        Assert.AreEqual("Payments", walk.Order.Published<OrderCancelling>().Standing.Owner);

        walk.Order.Receives(new PaymentHeld("A-1", "pay-1", Samples.Rub(4990), null));
        Assert.AreEqual(new VoidPayment("A-1", "pay-1", "A-1/void/1"), walk.Order.Sent<VoidPayment>());
        CollectionAssert.AreEqual(new[] { "OrderPlaced", "OrderPriced", "OrderCancelling", "OrderPaymentHeld" }, walk.Order.Journey.ToArray());
    }

    [TestMethod]
    public void A_model_asked_for_and_not_confirmed_is_awaited_and_stopped()
    {
        var order = new OrderStory().Receives(Samples.MadeToOrder, new ModelPriceRunning("A-1", "3", "job-3", 0), Wish);
        Assert.IsEmpty(order.AllSent<CancelModelPrice>());

        order.Receives(new ModelPriceRunning("A-1", "4", "job-4", 0));
        CollectionAssert.AreEqual(new[] { "3", "4" }, order.AllSent<CancelModelPrice>().Select(cancel => cancel.LineId).ToArray());

        order.Receives(new ModelPriceCancelled("A-1", "4"), new ModelPriceCancelled("A-1", "4"), new ModelPriceCancelled("A-1", "3"));
        Assert.HasCount(2, order.AllPublished<OrderStepUndone>());
        Assert.IsTrue(order.HasEnded);
    }

    [TestMethod]
    public void A_no_after_the_customers_wish_changes_nothing_but_what_is_to_undo()
    {
        var walk = new OrderWalk(Samples.WithPoints).Until(passed => passed.Order.AllSent<HoldPayment>().Count == 1);
        walk.Order.Receives(Wish, new PaymentDeclined("A-1", "insufficient funds"), new Contracts.Loyalty.Messages.PointsReleased("A-1"));

        Assert.AreEqual(Wish.Reason, walk.Order.Published<OrderCancelled>().Reason);
        Assert.HasCount(1, walk.Order.AllPublished<OrderCancelling>());
        Assert.IsEmpty(walk.Order.AllSent<VoidPayment>());
    }

    [TestMethod]
    public void Before_anything_was_done_that_is_all()
    {
        var order = new OrderStory().Receives(Samples.Plain, Wish);

        CollectionAssert.AreEqual(new[] { "OrderPlaced", "OrderCancelled" }, order.Journey.ToArray());
    }

    [TestMethod]
    public void Money_held_after_the_bank_had_declined_is_released_too()
    {
        var order = new OrderStory().Receives(Samples.WithPoints);
        order.Receives(new OrderPriceCalculated("A-1", [], Samples.Rub(4990)), new Contracts.Loyalty.Messages.PointsReserved("A-1", 490));
        order.Receives(new PaymentDeclined("A-1", "no"), new PaymentHeld("A-1", "pay-1", Samples.Rub(4500), null));
        Assert.HasCount(1, order.AllSent<VoidPayment>());

        order.Receives(new PaymentVoided("A-1", "pay-1"), new PaymentHeld("A-1", "pay-1", Samples.Rub(4500), null), new Contracts.Loyalty.Messages.PointsReleased("A-1"));
        Assert.HasCount(1, order.AllSent<VoidPayment>());
        Assert.IsTrue(order.HasEnded);
    }

    [TestMethod]
    public void A_booking_under_way_is_awaited_and_withdrawn()
    {
        var walk = new OrderWalk(Samples.Plain).Until(passed => passed.Order.AllSent<BookShipment>().Count == 1);
        walk.Order.Receives(Wish);
        Assert.IsEmpty(walk.Order.AllSent<CancelShipment>());

        walk.Order.Receives(new ShipmentReported("A-1", "ship-1", ShipmentState.Requested, null, "requested", walk.Order.Clock.Now));

        Assert.AreEqual("ship-1", walk.Order.Sent<CancelShipment>().ShipmentId);
        Assert.IsEmpty(walk.Order.AllPublished<OrderCancellationRefused>());
    }

    [TestMethod]
    public void A_booking_that_is_known_is_withdrawn_at_once()
    {
        var walk = new OrderWalk(Samples.Plain).Until(passed => passed.Order.AllSent<CheckShipment>().Count == 1);

        walk.Order.Receives(Wish);

        Assert.HasCount(1, walk.Order.AllSent<CancelShipment>());
    }

    [TestMethod]
    public void An_order_that_is_registered_after_the_wish_is_not_confirmed_to_the_customer()
    {
        var walk = new OrderWalk(Samples.Plain).Until(passed => passed.Order.AllSent<RegisterOrder>().Count == 1);
        walk.Order.Receives(Wish);
        walk.ToTheEnd();

        CollectionAssert.AreEqual(new[] { "OrderCancelled" }, walk.Systems.Letters);
    }

    /// <summary>Before each message of the way there.</summary>
    static IEnumerable<object[]> Moments()
    {
        foreach (var (name, order) in Samples.All)
        {
            var walk = new OrderWalk(order);
            for (var moment = 0; walk.Order.IsRunning; moment++)
            {
                yield return [name, moment];
                walk.Step();
            }
        }
    }
}
