using Dovetail.Contracts;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Pricing.Commands;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class When_a_system_says_no
{
    [TestMethod]
    [DataRow(typeof(RequestModelPrice), "too thin", "")]
    [DataRow(typeof(PriceOrder), "not sold any more", "")]
    [DataRow(typeof(ReservePoints), "not enough points", "")]
    [DataRow(typeof(HoldPayment), "insufficient funds", "490 points were given back")]
    [DataRow(typeof(RegisterOrder), "unknown article", "the hold of 4400.00 RUB on the card was released; 490 points were given back")]
    [DataRow(typeof(CapturePayment), "the hold had ended", "the order in order management was cancelled; 490 points were given back")]
    [DataRow(typeof(BookShipment), "no such town", "4400.00 RUB was paid back; the order in order management was cancelled; 490 points were given back")]
    public void What_was_done_is_undone_in_reverse_and_the_customer_is_told_why(Type command, string reason, string undone)
    {
        var walk = new OrderWalk(Samples.MadeToOrder, systems => systems.Refuses.Add(command)).ToTheEnd();

        walk.NothingRemains();
        Assert.AreEqual(undone, Undone(walk));
        Assert.AreEqual(reason, walk.Order.Published<OrderCancelled>().Reason);
        Assert.AreEqual(reason, walk.Order.Sent<NotifyCustomer>().Details["reason"]);

        // The first of two models refused leaves the second to wait for.
        Assert.HasCount(undone == "" && command != typeof(RequestModelPrice) ? 0 : 1, walk.Order.AllPublished<OrderCancelling>());
    }

    [TestMethod]
    public void A_model_that_cannot_be_made_stops_the_others()
    {
        var order = new OrderStory().Receives(Samples.MadeToOrder);
        order.Receives(new Contracts.Mes.Messages.ModelPriceRefused("A-1", "3", "too thin"));
        Assert.IsEmpty(order.AllSent<CancelModelPrice>(), "Whether line 4 is being computed is not known yet.");

        order.Receives(new Contracts.Mes.Messages.ModelPriceRunning("A-1", "4", "job-4", 0));
        Assert.AreEqual(new CancelModelPrice("A-1", "4", "job-4"), order.Sent<CancelModelPrice>());

        order.Receives(new Contracts.Mes.Messages.ModelPriceCancelled("A-1", "4"));
        Assert.IsTrue(order.HasEnded);
        CollectionAssert.AreEqual(
            new[] { "OrderPlaced", "OrderCancelling", "ModelPricingStarted", "OrderStepUndone", "OrderCancelled" }, order.Journey.ToArray());
    }

    [TestMethod]
    public void Goods_out_of_stock_of_which_nobody_decides_cancel_the_order_by_name()
    {
        var walk = new OrderWalk(Samples.WithPoints with { Lines = [Samples.WithPoints.Lines[0]] }, systems => systems.Picking = [PickingState.OutOfStock]).ToTheEnd();

        walk.NothingRemains();
        Assert.AreEqual("out of stock: Desk lamp", walk.Order.Published<OrderCancelled>().Reason);
        Assert.AreEqual("the hold of 3500.00 RUB on the card was released; the order in order management was cancelled; 490 points were given back", Undone(walk));
    }

    [TestMethod]
    public void What_was_cancelled_in_order_management_is_cancelled_for_good_lest_somebody_takes_that_back()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Picking = [PickingState.InProgress, PickingState.Cancelled]).ToTheEnd();

        walk.NothingRemains();
        Assert.HasCount(1, walk.Order.AllSent<CancelOmsOrder>());
    }

    [TestMethod]
    [DataRow(4989, "RUB")]
    [DataRow(9000, "EUR")]
    public void More_than_was_agreed_is_never_charged(int amount, string currency)
    {
        var walk = new OrderWalk(Samples.WithPoints with { AgreedTotal = new Money(amount, currency) }).ToTheEnd();

        walk.NothingRemains();
        Assert.AreEqual($"the price is 4990.00 RUB, and no more than {amount}.00 {currency} was agreed", walk.Order.Published<OrderCancelled>().Reason);
        Assert.IsEmpty(walk.Order.AllSent<HoldPayment>());
    }

    [TestMethod]
    [DataRow(ShipmentState.NotDelivered)]
    [DataRow(ShipmentState.Removed)]
    public void What_never_arrives_is_paid_back(ShipmentState end)
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Shipping = [ShipmentState.Requested, ShipmentState.Booked, ShipmentState.InTransit, end]).ToTheEnd();

        walk.NothingRemains();
        Assert.AreEqual($"the carrier says: the carrier's word for {end}", walk.Order.Published<OrderCancelled>().Reason);
        Assert.AreEqual("4500.00 RUB was paid back; the order in order management was cancelled; 490 points were given back", Undone(walk));
    }

    [TestMethod]
    [DataRow(PickingState.Cancelled, typeof(VoidPayment), "A-1/void/")]
    [DataRow(PickingState.Picked, typeof(RefundPayment), "A-1/refund/")]
    public void Money_that_does_not_go_back_is_a_task_until_it_does(PickingState picking, Type command, string operation)
    {
        var walk = new OrderWalk(Samples.WithPoints, systems =>
        {
            (systems.Picking, systems.Obstinacy) = ([picking], 2);
            systems.Refuses.Add(typeof(BookShipment));
        });
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        var task = walk.Order.Published<OrderNeedsAttention>();
        Assert.AreEqual(("support desk", "support desk", walk.Order.Clock.Now.AddMinutes(30)), (task.Queue, task.Standing.Owner, task.Standing.Deadline!.Value));
        StringAssert.StartsWith(task.Why, "Payments will not ");

        // The provider refused for good, so asking again is a new operation; the doubled refusal counts once.
        walk.Order.Receives(new PaymentReturnRefused("A-1", "pay-1", "not now", $"{operation}1"), new ResumeOrder("A-1", "support-1"));
        Assert.AreEqual("support-1 had the order resumed", walk.Order.Published<OrderAttentionEnded>().How);
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 2);

        // Nobody looked: the support lead gets it, and the provider is asked once more.
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 3);
        Assert.AreEqual("support lead", walk.Order.Published<OrderNeedsAttention>().Queue);
        walk.ToTheEnd();

        walk.NothingRemains();
        CollectionAssert.AreEqual(
            new[] { $"{operation}1", $"{operation}2", $"{operation}3" },
            walk.Order.Commands.Where(sent => sent.GetType() == command).Select(sent => (string)command.GetProperty("OperationId")!.GetValue(sent)!).ToArray());
    }

    [TestMethod]
    public void Points_that_are_not_credited_are_a_task_until_they_are()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Obstinacy = 1).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        Assert.Contains("the points are credited then; if they were credited by hand, resume it as settled", walk.Order.Published<OrderNeedsAttention>().Why);

        walk.Order.Receives(new ResumeOrder("A-1", "support-1"));
        walk.Order.Receives(new Contracts.Loyalty.Messages.PointsRefused("A-1", "old", "A-1/points/2"));
        walk.ToTheEnd();

        walk.AllIsSettled(Samples.WithPoints);
        Assert.HasCount(1, walk.Order.AllPublished<OrderNeedsAttention>());
        Assert.AreEqual("A-1/accrue/2", walk.Order.Sent<AccruePoints>().OperationId);
    }

    /// <summary>Otherwise what is asked now, and was done, would be asked for under yet another id.</summary>
    [TestMethod]
    public void A_refusal_that_comes_again_does_not_answer_what_was_asked_after_it()
    {
        var paying = new OrderWalk(Samples.WithPoints, systems => (systems.Picking, systems.Obstinacy) = ([PickingState.Cancelled], 1)).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        paying.Order.Receives(new ResumeOrder("A-1", "support-1"), new PaymentReturnRefused("A-1", "pay-1", "not now", "A-1/void/1"));
        Assert.HasCount(1, paying.Order.AllPublished<OrderNeedsAttention>());
        paying.ToTheEnd();
        Assert.AreEqual("A-1/void/2", paying.Order.Sent<VoidPayment>().OperationId);

        var crediting = new OrderWalk(Samples.WithPoints, systems => systems.Obstinacy = 1).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        crediting.Order.Receives(new ResumeOrder("A-1", "support-1"), new PointsRefused("A-1", "closed for stocktaking", "A-1/accrue/1"));
        Assert.HasCount(1, crediting.Order.AllPublished<OrderNeedsAttention>());
        crediting.ToTheEnd();
        Assert.AreEqual("A-1/accrue/2", crediting.Order.Sent<AccruePoints>().OperationId);
    }

    [TestMethod]
    public void A_shipment_refused_after_it_was_requested_is_not_withdrawn()
    {
        var walk = new OrderWalk(Samples.WithPoints).Until(passed => passed.Order.AllSent<CheckShipment>().Count == 1);

        walk.Order.Receives(new ShipmentRefused("A-1", "no such town"));

        Assert.IsEmpty(walk.Order.AllSent<CancelShipment>());
        Assert.HasCount(1, walk.Order.AllSent<RefundPayment>());
    }

    [TestMethod]
    public void Money_that_was_taken_by_hand_instead_of_released_is_paid_back()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => (systems.Picking, systems.IsTakenByHand) = ([PickingState.Cancelled], true)).ToTheEnd();

        walk.NothingRemains();
        Assert.AreEqual("4500.00 RUB was paid back; the order in order management was cancelled; 490 points were given back", Undone(walk));
    }

    [TestMethod]
    public void More_than_was_due_that_somebody_took_by_hand_is_paid_back()
    {
        var walk = TakenByHand(4_700).ToTheEnd();

        Assert.IsInstanceOfType<OrderCompleted>(walk.Order.Facts[^1]);
        Assert.AreEqual(Samples.Rub(200), walk.Order.Sent<RefundPayment>().Amount);
        Assert.AreEqual("200.00 RUB was paid back", Undone(walk));
        Assert.AreEqual((4_500m, Samples.Rub(4_500)), (walk.Systems.Captured - walk.Systems.Refunded, walk.Order.Sent<Contracts.Loyalty.Commands.AccruePoints>().Paid));
    }

    [TestMethod]
    public void More_than_was_due_goes_back_entirely_when_the_order_is_cancelled_meanwhile()
    {
        var walk = TakenByHand(4_700).Until(passed => passed.Order.AllSent<RefundPayment>().Count == 1);
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        walk.ToTheEnd();

        Assert.AreEqual("200.00 RUB was paid back; 4500.00 RUB was paid back; the order in order management was cancelled; 490 points were given back", Undone(walk));
        walk.NothingRemains();
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Less_than_was_due_that_somebody_took_by_hand_ships_nothing_until_a_person_says_so(bool isSettled)
    {
        var walk = TakenByHand(2_700).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        var task = walk.Order.Published<OrderNeedsAttention>();
        Assert.Contains("somebody took no more than 2700.00 RUB by hand", task.Why);
        Assert.AreEqual((walk.Order.Clock.Now.AddMinutes(30), "support desk"), (task.Standing.Deadline!.Value, task.Standing.Owner));
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 2);
        Assert.IsEmpty(walk.Order.AllSent<BookShipment>());

        walk.Order.Receives(isSettled ? new ResumeOrder("A-1", "support-1", Settled: true) : new CancelOrder("A-1", "not paid"));
        walk.ToTheEnd();

        if (isSettled) Assert.IsInstanceOfType<OrderCompleted>(walk.Order.Facts[^1]);
        else walk.NothingRemains();
        Assert.AreEqual(isSettled ? 2_700 : 0, walk.Systems.Captured - walk.Systems.Refunded);
    }

    [TestMethod]
    [DataRow(typeof(CancelShipment), "the shipment was withdrawn, by hand")]
    [DataRow(typeof(RefundPayment), "4500.00 RUB was paid back, by hand")]
    [DataRow(typeof(VoidPayment), "the hold of 4500.00 RUB on the card was released, by hand")]
    [DataRow(typeof(CancelOmsOrder), "the order in order management was cancelled, by hand")]
    [DataRow(typeof(ReleasePoints), "490 points were given back, by hand")]
    public void What_a_person_did_in_a_systems_place_is_not_asked_of_it_again(Type command, string undone)
    {
        var walk = new OrderWalk(Samples.WithPoints) { Silent = command };
        walk.Until(passed => command == typeof(VoidPayment) || passed.Order.AllPublished<OrderShipmentBooked>().Count == 1);
        if (command == typeof(VoidPayment)) walk.Until(passed => passed.Order.AllPublished<OrderPaymentHeld>().Count == 1);
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        Assert.Contains("if it was done by hand, resume it as settled", walk.Order.Published<OrderNeedsAttention>().Why);
        var asked = walk.Order.Commands.Count(sent => sent.GetType() == command);

        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));
        walk.ToTheEnd();

        Assert.Contains(undone, Undone(walk));
        Assert.AreEqual(asked, walk.Order.Commands.Count(sent => sent.GetType() == command && !Systems.IsSettled(sent)));
        Assert.AreEqual("support-1 says that it was done by hand", walk.Order.Published<OrderAttentionEnded>().How);
        Assert.IsInstanceOfType<OrderCancelled>(walk.Order.Facts[^1]);
    }

    /// <summary>The copy lies in the error queue, and whoever has it retried knows nothing of what was settled.</summary>
    [TestMethod]
    [DataRow(typeof(RefundPayment))]
    [DataRow(typeof(VoidPayment))]
    [DataRow(typeof(ReleasePoints))]
    [DataRow(typeof(AccruePoints))]
    public void What_a_person_did_is_not_done_once_more_by_a_copy_that_is_retried(Type command)
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Fails.Add(command));
        if (command != typeof(AccruePoints))
        {
            walk.Until(passed => command == typeof(VoidPayment) ? passed.Order.AllPublished<OrderPaymentHeld>().Count == 1 : passed.Order.AllPublished<OrderShipmentBooked>().Count == 1);
            walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        }
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        var copies = walk.Systems.CopiesOf(walk.Systems.ErrorQueue[0]);
        Assert.HasCount(3, copies);

        walk.Systems.DoByHand(copies[0]);
        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));
        walk.ToTheEnd();
        foreach (var copy in copies) walk.Order.Receives(walk.Systems.Retry(copy)!);

        if (command == typeof(AccruePoints)) walk.AllIsSettled(Samples.WithPoints);
        else walk.NothingRemains();
        Assert.HasCount(1, walk.Order.Commands.Where(Systems.IsSettled).ToList());
    }

    [TestMethod]
    public void Points_credited_by_hand_complete_the_order()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Obstinacy = 99).Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);

        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));

        Assert.IsInstanceOfType<OrderCompleted>(walk.Order.Facts[^1]);
        CollectionAssert.AreEqual(new[] { false, true }, walk.Order.AllSent<AccruePoints>().Select(accrue => accrue.Settled).ToArray());
    }

    [TestMethod]
    [DataRow(typeof(HoldPayment))]
    [DataRow(typeof(CapturePayment))]
    [DataRow(typeof(BookShipment))]
    public void Nobody_can_say_that_the_customer_was_charged_or_the_goods_were_sent(Type command)
    {
        var walk = new OrderWalk(Samples.WithPoints) { Silent = command };
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        walk.Silent = null;

        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));

        Assert.AreEqual(4, walk.Order.Commands.Count(sent => sent.GetType() == command));
        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
    }

    [TestMethod]
    public void A_shipment_that_cannot_be_withdrawn_goes_on()
    {
        var walk = new OrderWalk(Samples.WithPoints).Until(passed => passed.Order.AllPublished<OrderShipmentBooked>().Count == 1);
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"), new ShipmentCancellationRefused("A-1", "ship-1", "It is on its way."));
        Assert.AreEqual("It is on its way", walk.Order.Published<OrderCancellationRefused>().Reason);

        walk.Order.Receives(new CancelOrder("A-1", "really"));
        Assert.AreEqual("the carrier has the goods", walk.Order.Published<OrderCancellationRefused>().Reason);
        Assert.HasCount(1, walk.Order.AllSent<CancelShipment>());
        Assert.IsEmpty(walk.Order.AllPublished<OrderStepUndone>());
        Assert.AreEqual(Orders.Step.FollowShipment, walk.Order.State.Step);
    }

    static OrderWalk TakenByHand(decimal amount) => new(Samples.WithPoints, systems => systems.TakenByHand = amount);

    static string Undone(OrderWalk walk) => string.Join("; ", walk.Order.AllPublished<OrderStepUndone>().Select(step => step.What));
}
