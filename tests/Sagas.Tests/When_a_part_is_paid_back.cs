using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Sagas.Orders;

namespace Dovetail.Sagas.Tests;

/// <summary>Support has a part of the money paid back, while the order goes on, is cancelled, or has ended.</summary>
[TestClass]
public sealed class When_a_part_is_paid_back
{
    [TestMethod]
    public void The_order_goes_on_meanwhile_and_the_customer_is_told()
    {
        var walk = Paid(Samples.WithPoints);
        walk.Order.Receives(Samples.Refund(500));

        var refund = walk.Order.Sent<RefundPayment>();
        Assert.AreEqual(("pay-1", Samples.Rub(500), "A-1/refund-part/1"), (refund.PaymentId, refund.Amount, refund.OperationId));
        Assert.AreEqual("Desk lamp, Bulb of anna@example.org", $"{string.Join(", ", refund.Receipt!.Lines.Select(line => line.Name))} of {refund.Receipt.Email}");
        var asked = walk.Order.Published<OrderRefundAsked>();
        Assert.AreEqual((Samples.Rub(500), "support-1", "a scratch", "Delivery"), (asked.Amount, asked.By, asked.Reason, asked.Standing.Owner));

        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        walk.AllPartsAreBack(1);
        Assert.AreEqual(Samples.Rub(500), walk.Order.Published<OrderPartRefunded>().InAll);
        Assert.AreEqual(Samples.Rub(4000), walk.Order.Sent<AccruePoints>().Paid, "Points are earned with what the customer paid in the end.");
        var letter = walk.Order.AllSent<NotifyCustomer>().Single(letter => letter.Kind == NotificationKind.PartRefunded);
        Assert.AreEqual(("A-1/letter-PartRefunded/1", "500.00 RUB", "a scratch", "Anna"), (letter.NotificationId, letter.Details["amount"], letter.Details["reason"], letter.Customer.Name));
    }

    [TestMethod]
    public void It_is_paid_back_after_the_order_has_ended_too_and_then_nothing_of_the_customer_is_left()
    {
        var walk = new OrderWalk(Samples.WithPoints).ToTheEnd();
        walk.Order.TimePasses(TimeSpan.FromDays(29)).Receives(Samples.Refund(500), Samples.Refund(250, "r-2") with { Lines = [new("Bulb", 1, Samples.Rub(250))] });
        Assert.AreEqual(("Payments", "pay 500.00 RUB back"), (walk.Order.Published<OrderRefundAsked>().Standing.Owner, walk.Order.Published<OrderRefundAsked>().Standing.Waiting));
        Assert.AreEqual("Order A-1", walk.Order.Sent<RefundPayment>().Receipt!.Lines.Single().Name);

        while (walk.Order.State.PaysBack) walk.Step();

        walk.AllIsSettled(Samples.WithPoints);
        walk.AllPartsAreBack(2);
        Assert.AreEqual("Bulb", walk.Order.Sent<RefundPayment>().Receipt!.Lines.Single().Name);
        var last = walk.Order.Published<OrderPartRefunded>();
        Assert.AreEqual((Samples.Rub(750), new Standing(last.Standing.Sequence, walk.Order.Clock.Now)), (last.InAll, last.Standing));
        foreach (var personal in new[] { "Anna", "anna@", "+7000", "CARD-1", "scratch", "Bulb" }) Assert.DoesNotContain(personal, walk.Order.Stored!);
        walk.Order.TimePasses(TimeSpan.FromDays(1));
        Assert.IsTrue(walk.Order.IsForgotten);
        Assert.IsEmpty(walk.Order.Alarms);
    }

    [TestMethod]
    public async Task Once_the_order_is_forgotten_it_is_left_to_people_who_find_it_among_the_failed_messages()
    {
        Assert.AreEqual(typeof(ForgottenOrder), OrderStory.ForUnknownOrders);
        var forgotten = new ForgottenOrder(new());
        var failure = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => forgotten.Handle(Samples.Refund(500), new RecordingContext()));
        StringAssert.StartsWith(failure.Message, "500.00 RUB of order A-1 were to be paid back (refund r-1), but an order is forgotten 30.00:00:00 after its end. Nothing was paid back.");
        await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => forgotten.Handle(new RefundFailed("A-1", "pay-1", Samples.Rub(500), "closed", "A-1/refund/1"), new RecordingContext()));
        await forgotten.Handle(new ResumeOrder("A-1", "support-1"), new RecordingContext());
    }

    [TestMethod]
    public void More_than_is_left_is_refused_however_many_ask_at_once()
    {
        var walk = Paid(Samples.WithPoints);
        walk.Order.Receives(Samples.Refund(3000), Samples.Refund(3000), Samples.Refund(1500.01m, "r-2"), Samples.Refund(1500, "r-3"), Samples.Refund(0.01m, "r-4"));

        Assert.HasCount(1, walk.Order.AllSent<RefundPayment>(), "One goes after the other.");
        CollectionAssert.AreEqual(
            new[] { "no more than 1500.00 RUB is left of the 4500.00 RUB that were taken", "no more than 0.00 RUB is left of the 4500.00 RUB that were taken" },
            walk.Order.AllPublished<OrderRefundRefused>().Select(refused => refused.Reason).ToArray());
        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        walk.AllPartsAreBack(4);
        Assert.AreEqual(4500m, walk.Systems.Refunded);
    }

    [TestMethod]
    [DataRow("EUR", "500.00 EUR is no part of 4500.00 RUB")]
    [DataRow("RUB", "500.00 RUB is no part of 4500.00 RUB")]
    public void What_is_no_part_of_the_money_is_refused(string currency, string reason)
    {
        var walk = Paid(Samples.WithPoints);
        walk.Order.Receives(Samples.Refund(500) with { Amount = new(currency == "RUB" ? 500.001m : 500m, currency) });

        Assert.AreEqual(reason, walk.Order.Published<OrderRefundRefused>().Reason);
    }

    [TestMethod]
    public void Before_the_money_is_taken_and_where_it_all_goes_back_anyway_no_part_of_it_does()
    {
        var early = new OrderWalk(Samples.WithPoints).Until(walk => walk.Order.AllPublished<OrderPaymentHeld>().Count == 1);
        early.Order.Receives(Samples.Refund(500));
        Assert.AreEqual("nothing has been taken from the customer that could be paid back", early.Order.Published<OrderRefundRefused>().Reason);

        var late = Paid(Samples.WithPoints);
        late.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        late.Order.Receives(Samples.Refund(500));
        late.ToTheEnd().Order.Receives(Samples.Refund(500, "r-2"));
        CollectionAssert.AreEqual(
            Enumerable.Repeat("the order is cancelled, and all that was taken for it goes back anyway", 2).ToArray(), late.Order.AllPublished<OrderRefundRefused>().Select(refused => refused.Reason).ToArray());
        late.NothingRemains();
    }

    [TestMethod]
    public void A_cancellation_gives_back_what_is_left_and_ends_once_the_parts_are_back_too()
    {
        var walk = Paid(Samples.WithPoints);
        walk.Silent = typeof(RefundPayment);
        walk.Order.Receives(Samples.Refund(1000), Samples.Refund(500, "r-2"));
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        walk.Until(passed => passed.Order.AllSent<RefundPayment>().Any(refund => refund.OperationId == "A-1/refund/1"));
        Assert.AreEqual(Samples.Rub(3000), walk.Order.AllSent<RefundPayment>().Last(refund => refund.OperationId == "A-1/refund/1").Amount);

        walk.Silent = null;
        walk.Order.Receives(walk.Systems.Answer(walk.Order.AllSent<RefundPayment>()[0])!);
        Assert.DoesNotContain("3000.00 RUB was paid back", Undone(walk), "A part is not the rest.");
        walk.ToTheEnd().NothingRemains();
        Assert.Contains("3000.00 RUB was paid back", Undone(walk));
        walk.AllPartsAreBack(2);
    }

    [TestMethod]
    public void Where_all_went_back_in_parts_there_is_nothing_left_to_give_back()
    {
        var walk = Paid(Samples.Plain);
        walk.Order.Receives(Samples.Refund(4990), new CancelOrder("A-1", "changed my mind"));

        walk.ToTheEnd().NothingRemains();
        CollectionAssert.AreEqual(new[] { "A-1/refund-part/1" }, walk.Order.AllSent<RefundPayment>().Select(refund => refund.OperationId).ToArray());
    }

    [TestMethod]
    public void A_silent_provider_is_asked_three_times_then_people_are_and_the_order_goes_on()
    {
        var walk = Paid(Samples.WithPoints);
        walk.Silent = typeof(RefundPayment);
        walk.Order.Receives(Samples.Refund(500));
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 2);

        Assert.HasCount(4, walk.Order.AllSent<RefundPayment>());
        Assert.HasCount(1, walk.Order.AllSent<RefundPayment>().Select(refund => refund.OperationId).Distinct().ToList());
        CollectionAssert.AreEqual(new[] { "support desk", "support lead" }, walk.Order.AllPublished<OrderNeedsAttention>().Select(task => task.Queue).ToArray());
        StringAssert.StartsWith(walk.Order.Published<OrderNeedsAttention>().Why, "Payments was asked 3 times to pay 500.00 RUB back, and has not answered. To do: ");

        walk.Until(passed => passed.Order.AllPublished<OrderDelivered>().Count == 1 && passed.Order.State.Step == Sagas.Orders.Step.PayPartsBack);
        Assert.IsEmpty(walk.Order.AllPublished<OrderCompleted>(), "It has not ended while money is on its way.");
        walk.Silent = null;
        walk.Order.Receives(new ResumeOrder("A-1", "support-1"));
        Assert.AreEqual("support-1 had the refund asked for again", walk.Order.Published<OrderAttentionEnded>().How);
        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        walk.AllPartsAreBack(1);
    }

    [TestMethod]
    public void A_refusal_is_a_task_and_asking_anew_is_another_operation()
    {
        var walk = Paid(Samples.WithPoints, systems => systems.Obstinacy = 1);
        walk.Order.Receives(Samples.Refund(500));
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        StringAssert.StartsWith(walk.Order.Published<OrderNeedsAttention>().Why, "Payments will not pay 500.00 RUB back: not now. To do: ");
        Assert.AreEqual("support desk", walk.Order.Published<OrderNeedsAttention>().Standing.Owner);

        walk.Order.Receives(new PaymentReturnRefused("A-1", "pay-1", "not now", "A-1/refund-part/1"), new ResumeOrder("A-1", "support-1"));
        CollectionAssert.AreEqual(new[] { "A-1/refund-part/1", "A-1/refund-part/2" }, walk.Order.AllSent<RefundPayment>().Select(refund => refund.OperationId).ToArray());
        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        walk.AllPartsAreBack(1);
    }

    [TestMethod]
    public void What_was_given_back_by_hand_is_settled()
    {
        var walk = Paid(Samples.WithPoints, systems => systems.Obstinacy = 1);
        walk.Order.Receives(Samples.Refund(500));
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);

        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));

        Assert.AreEqual("support-1 says that it was done by hand", walk.Order.Published<OrderAttentionEnded>().How);
        Assert.AreEqual(Samples.Rub(500), walk.Order.Published<OrderPartRefunded>().InAll);
        Assert.IsFalse(walk.Order.State.PaysBack);
        Assert.AreEqual(Samples.Rub(4000), walk.Order.State.Kept);
    }

    [TestMethod]
    public void What_was_given_back_by_hand_is_not_given_back_once_more_by_a_copy_that_is_retried()
    {
        var walk = Paid(Samples.WithPoints, systems => systems.Fails.Add(typeof(RefundPayment)));
        walk.Order.Receives(Samples.Refund(500));
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        var copies = walk.Systems.CopiesOf(walk.Systems.ErrorQueue[0]);

        walk.Systems.DoByHand(copies[0]);
        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));
        walk.ToTheEnd();
        foreach (var copy in copies) walk.Order.Receives(walk.Systems.Retry(copy)!);

        Assert.HasCount(3, copies);
        walk.AllIsSettled(Samples.WithPoints);
        walk.AllPartsAreBack(1);
    }

    [TestMethod]
    public void The_orders_own_task_is_shown_before_that_of_a_refund()
    {
        var walk = Paid(Samples.WithPoints, systems => systems.Obstinacy = 1);
        walk.Silent = typeof(BookShipment);
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        walk.Order.Receives(Samples.Refund(500), new PaymentReturnRefused("A-1", "pay-1", "not now", "A-1/refund-part/1"));
        Assert.HasCount(1, walk.Order.AllPublished<OrderNeedsAttention>(), "One task at a time.");

        walk.Order.Receives(new ResumeOrder("A-1", "support-1"));
        Assert.HasCount(1, walk.Order.AllPublished<OrderAttentionEnded>());
        StringAssert.StartsWith(walk.Order.Published<OrderNeedsAttention>().Why, "Payments will not pay 500.00 RUB back");

        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));
        Assert.HasCount(2, walk.Order.AllPublished<OrderAttentionEnded>());
        Assert.HasCount(1, walk.Order.AllPublished<OrderPartRefunded>());
    }

    [TestMethod]
    public void What_points_are_earned_with_does_not_change_once_they_are_asked_for()
    {
        var walk = new OrderWalk(Samples.WithPoints) { Silent = typeof(AccruePoints) };
        walk.Until(passed => passed.Order.AllSent<AccruePoints>().Count == 1);
        walk.Order.Receives(Samples.Refund(500));
        walk.Until(passed => passed.Order.AllSent<AccruePoints>().Count == 2);

        Assert.IsTrue(walk.Order.AllSent<AccruePoints>().All(accrue => accrue.Paid == Samples.Rub(4500)));
        Assert.HasCount(1, walk.Order.AllPublished<OrderPartRefunded>(), "It does not wait for the points.");
    }

    static OrderWalk Paid(PlaceOrder order, Action<Systems>? prepare = null) =>
        new OrderWalk(order, prepare).Until(walk => walk.Order.AllPublished<OrderPaid>().Count == 1);

    static string Undone(OrderWalk walk) => string.Join("; ", walk.Order.AllPublished<OrderStepUndone>().Select(undone => undone.What));
}
