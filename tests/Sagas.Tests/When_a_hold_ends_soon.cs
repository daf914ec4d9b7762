using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;

namespace Dovetail.Sagas.Tests;

/// <summary>The goods are not ready, or nobody has decided, and the bank would soon let the money go.</summary>
[TestClass]
public sealed class When_a_hold_ends_soon
{
    static readonly string[] Renewal = ["HoldPayment hold/1", "HoldPayment hold/2", "VoidPayment void/1"];

    [TestMethod]
    public void It_is_renewed_while_people_look_why_the_goods_are_not_picked()
    {
        var walk = Waiting(TimeSpan.FromHours(60), [.. Enumerable.Repeat(PickingState.InProgress, 2_000), PickingState.Picked]);
        walk.Until(passed => passed.Order.AllPublished<OrderPaymentReleased>().Count == 1);

        Assert.AreEqual(Samples.Plain.PlacedAt.AddHours(48), walk.Order.Clock.Now, "Twelve hours before its end.");
        CollectionAssert.AreEqual(Renewal, Money(walk));
        Assert.AreEqual(4990m, walk.Systems.Held);
        walk.Until(passed => passed.Order.Published<OrderNeedsAttention>().Standing.Sequence > passed.Order.Published<OrderPaymentReleased>().Standing.Sequence);
        Assert.AreEqual(Samples.Plain.PlacedAt.AddHours(48), walk.Order.Clock.Now, "The wait for the goods has not begun anew.");

        walk.Order.Receives(new PickingReported("A-1", PickingState.Picked, []));
        walk.ToTheEnd().AllIsSettled(Samples.Plain);
        Assert.AreEqual("pay-2", walk.Order.Sent<CapturePayment>().PaymentId);
    }

    [TestMethod]
    public void It_is_renewed_while_the_call_centre_decides_and_the_decision_is_heard()
    {
        var walk = Waiting(TimeSpan.FromHours(2), [PickingState.OutOfStock, PickingState.Picked]);
        TaskAnswered? decision = null;
        walk.Systems.CallCentre = task => decision;
        walk.Until(passed => passed.Order.AllPublished<OrderPaymentReleased>().Count == 1);
        CollectionAssert.AreEqual(Renewal, Money(walk));
        Assert.HasCount(2, walk.Order.AllSent<OpenTask>().Where(task => task.TaskId == "A-1/task/1").ToList(), "Whoever decided meanwhile says so again.");

        walk.Order.Receives(Desk.Substitute(walk.Order.Sent<OpenTask>(), 3_000));
        walk.ToTheEnd().AllIsSettled(Samples.Plain);
        Assert.AreEqual("pay-2", walk.Order.Sent<CapturePayment>().PaymentId);
    }

    [TestMethod]
    public void A_bank_that_declines_leaves_the_hold_that_there_is_and_it_is_told_until_when()
    {
        var walk = Waiting(TimeSpan.FromHours(2), [.. Enumerable.Repeat(PickingState.InProgress, 90), PickingState.Picked], systems => systems.RefusesOperations.Add("hold/2"));

        walk.ToTheEnd().AllIsSettled(Samples.Plain);
        var told = walk.Order.AllPublished<OrderHoldNotRenewed>().Single();
        Assert.AreEqual((Samples.Plain.PlacedAt.AddHours(2), "insufficient funds", "Order management"), (told.Until, told.Reason, told.Standing.Owner));
        Assert.AreEqual("pay-1", walk.Order.Sent<CapturePayment>().PaymentId);
        CollectionAssert.AreEqual(new[] { "HoldPayment hold/1", "HoldPayment hold/2", "CapturePayment capture/1" }, Money(walk));
    }

    /// <summary>Two holds at once may be more than there is on the card.</summary>
    [TestMethod]
    public void A_bank_that_declined_is_asked_once_more_when_the_earlier_hold_has_ended()
    {
        var walk = Waiting(TimeSpan.FromHours(2), [.. Enumerable.Repeat(PickingState.InProgress, 130), PickingState.Picked], systems => systems.RefusesOperations.Add("hold/2"));

        walk.Until(passed => passed.Order.AllSent<HoldPayment>().Count == 3);
        Assert.AreEqual(Samples.Plain.PlacedAt.AddHours(2).AddMinutes(2), walk.Order.Clock.Now);
        walk.ToTheEnd().AllIsSettled(Samples.Plain);
        CollectionAssert.AreEqual(new[] { "HoldPayment hold/1", "HoldPayment hold/2", "HoldPayment hold/3", "VoidPayment void/1", "CapturePayment capture/1" }, Money(walk));
    }

    [TestMethod]
    [DataRow(PickingState.InProgress), DataRow(PickingState.OutOfStock)]
    public void A_bank_that_declines_after_the_hold_has_ended_too_ends_the_order_and_the_customer_is_told_why(PickingState picking)
    {
        var walk = Waiting(TimeSpan.FromHours(2), [.. Enumerable.Repeat(picking, 130), PickingState.Picked], systems => systems.RefusesOperations.UnionWith(["hold/2", "hold/3"]));
        walk.Systems.CallCentre = task => null;

        walk.ToTheEnd().NothingRemains();
        const string Why = "the hold on the card ended before the goods were ready, and the money could not be held anew: insufficient funds";
        Assert.AreEqual(Why, walk.Order.Published<OrderCancelled>().Reason);
        Assert.AreEqual(Why, walk.Order.AllSent<NotifyCustomer>()[^1].Details["reason"]);
        Assert.HasCount(picking == PickingState.OutOfStock ? 1 : 0, walk.Order.AllSent<CloseTask>());
        CollectionAssert.AreEqual(new[] { "HoldPayment hold/1", "HoldPayment hold/2", "HoldPayment hold/3", "VoidPayment void/1" }, Money(walk));
    }

    [TestMethod]
    public void Who_cancels_meanwhile_gets_both_holds_released_and_nobody_is_asked_any_more()
    {
        var walk = Waiting(TimeSpan.FromHours(2), [PickingState.OutOfStock, PickingState.Picked]);
        walk.Systems.CallCentre = task => null;
        walk.Until(passed => passed.Order.AllPublished<OrderPaymentHeld>().Count == 1).Silent = typeof(HoldPayment);
        walk.Until(passed => passed.Order.AllSent<HoldPayment>().Any(hold => hold.OperationId == "A-1/hold/2"));
        walk.Order.Receives(new CancelOrder("A-1", "changed my mind"));
        Assert.IsEmpty(walk.Order.AllSent<VoidPayment>(), "It is not known yet whether money is held twice.");

        walk.Silent = null;
        walk.Order.Receives(walk.Systems.Answer(walk.Order.Sent<HoldPayment>())!);
        walk.ToTheEnd().NothingRemains();
        Assert.HasCount(2, walk.Order.AllSent<VoidPayment>());
        Assert.HasCount(1, walk.Order.AllSent<CloseTask>());
    }

    [TestMethod]
    public void It_is_renewed_again_and_again_at_half_its_time_where_it_is_short()
    {
        var walk = Waiting(TimeSpan.FromHours(2), [.. Enumerable.Repeat(PickingState.InProgress, 210), PickingState.Picked]);

        walk.ToTheEnd().AllIsSettled(Samples.Plain);
        Assert.AreEqual("A-1/hold/4", walk.Order.Sent<HoldPayment>().OperationId);
        Assert.AreEqual("pay-4", walk.Order.Sent<CapturePayment>().PaymentId);
    }

    static OrderWalk Waiting(TimeSpan holdsFor, PickingState[] picking, Action<Systems>? prepare = null) => new(Samples.Plain, systems =>
    {
        (systems.HoldsFor, systems.Picking) = (holdsFor, picking);
        prepare?.Invoke(systems);
    });

    static string[] Money(OrderWalk walk) =>
    [
        .. walk.Order.Commands.Where(command => command is HoldPayment or VoidPayment or CapturePayment or RefundPayment)
            .Select(command => $"{command.GetType().Name} {((string)command.GetType().GetProperty("OperationId")!.GetValue(command)!)[4..]}"),
    ];
}
