using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Sagas.Orders;

namespace Dovetail.Sagas.Tests;

/// <summary>The provider had paid it back, and days later the customer's bank returned it.</summary>
[TestClass]
public sealed class When_a_refund_does_not_arrive
{
    [TestMethod]
    public void Support_has_a_task_after_the_orders_end_too_and_nothing_is_asked_for_before_they_say_so()
    {
        var walk = Cancelled();
        walk.Order.TimePasses(TimeSpan.FromDays(9));
        var failed = walk.Systems.Return(walk.Order.Sent<RefundPayment>())!;

        walk.Order.Receives(failed, failed);

        Assert.AreEqual((Samples.Rub(4500), "the card was closed"), (walk.Order.AllPublished<OrderRefundFailed>().Single().Amount, walk.Order.Published<OrderRefundFailed>().Reason));
        var task = walk.Order.AllPublished<OrderNeedsAttention>().Single();
        Assert.AreEqual(
            "4500.00 RUB that had been paid back did not arrive: the card was closed. To do: ask the customer for another way to pay 4500.00 RUB back, " +
            "give it back by hand and resume the order as settled; or resume the order, and Payments is asked once more.", task.Why);
        Assert.AreEqual(("support desk", walk.Order.Clock.Now.AddMinutes(30)), (task.Standing.Owner, task.Standing.Deadline));
        walk.Order.TimePasses(TimeSpan.FromMinutes(30));
        Assert.AreEqual("support lead", walk.Order.Published<OrderNeedsAttention>().Queue);
        Assert.HasCount(1, walk.Order.AllSent<RefundPayment>(), "Somebody may be paying it back by hand at this moment.");
    }

    [TestMethod]
    public void What_support_gave_back_by_another_way_ends_it_and_the_provider_is_told()
    {
        var walk = Cancelled();
        walk.Order.Receives(walk.Systems.Return(walk.Order.Sent<RefundPayment>())!);

        walk.Systems.DoByHand(walk.Order.Sent<RefundPayment>() with { OperationId = "A-1/refund-again/1" });
        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: true));

        var told = walk.Order.Sent<RefundPayment>();
        Assert.AreEqual(("A-1/refund-again/1", true, Samples.Rub(4500)), (told.OperationId, told.Settled, told.Amount));
        var last = walk.Order.Published<OrderRefundRepeated>();
        Assert.AreEqual((Samples.Rub(4500), new Standing(last.Standing.Sequence, walk.Order.Clock.Now)), (last.Amount, last.Standing));
        Assert.IsFalse(walk.Order.State.PaysBack);
        walk.NothingRemains();
    }

    [TestMethod]
    public void A_part_that_did_not_arrive_is_asked_for_once_more_when_support_says_so_and_counts_once()
    {
        var walk = new OrderWalk(Samples.WithPoints).Until(passed => passed.Order.AllPublished<OrderPaid>().Count == 1);
        walk.Order.Receives(Samples.Refund(500));
        walk.Until(passed => passed.Order.AllPublished<OrderPartRefunded>().Count == 1);
        walk.Order.Receives(walk.Systems.Return(walk.Order.Sent<RefundPayment>())!, new ResumeOrder("A-1", "support-1"));
        walk.Order.Receives(Samples.Refund(4_000.01m, "r-2"), Samples.Refund(4_000, "r-3"));

        Assert.AreEqual("no more than 4000.00 RUB is left of the 4500.00 RUB that were taken", walk.Order.Published<OrderRefundRefused>().Reason);
        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        CollectionAssert.AreEqual(
            new[] { "A-1/refund-part/1", "A-1/refund-again/2", "A-1/refund-part/3" }, walk.Order.AllSent<RefundPayment>().Select(refund => refund.OperationId).Distinct().ToArray());
        walk.AllPartsAreBack(3);
        Assert.AreEqual(Samples.Rub(0), walk.Order.Sent<AccruePoints>().Paid);
        Assert.HasCount(1, walk.Order.AllPublished<OrderRefundRepeated>());
    }

    /// <summary>The order is not over while its customer waits for money.</summary>
    [TestMethod]
    public void An_order_that_is_being_cancelled_waits_for_it()
    {
        var walk = new OrderWalk(Samples.Plain).Until(passed => passed.Order.AllPublished<OrderPaid>().Count == 1);
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        walk.Until(passed => passed.Order.AllPublished<OrderStepUndone>().Any(undone => undone.What == "4990.00 RUB was paid back"));
        walk.Order.Receives(walk.Systems.Return(walk.Order.Sent<RefundPayment>())!);
        walk.Until(passed => passed.Order.State.Step == Step.PayPartsBack);
        Assert.IsEmpty(walk.Order.AllPublished<OrderCancelled>());

        walk.Order.Receives(new ResumeOrder("A-1", "support-1"));
        walk.ToTheEnd().NothingRemains();
    }

    static OrderWalk Cancelled()
    {
        var walk = new OrderWalk(Samples.WithPoints).Until(passed => passed.Order.AllPublished<OrderPaid>().Count == 1);
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        walk.ToTheEnd().NothingRemains();
        return walk;
    }
}
