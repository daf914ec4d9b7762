using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;
using Dovetail.Contracts.Tasks.Commands;
using Dovetail.Contracts.Tasks.Messages;
using Dovetail.Sagas.Orders;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class When_goods_are_missing
{
    static readonly CancelOrder Wish = new("A-1", "changed my mind");

    [TestMethod]
    public void People_are_asked_with_all_that_they_need_to_know()
    {
        var walk = Missing(Samples.WithPoints, Desk.Drop).Until(passed => passed.Order.AllSent<OpenTask>().Count == 1);

        var task = walk.Order.Sent<OpenTask>();
        Assert.AreEqual(("A-1/task/1", "A-1", "call centre", Samples.Rub(5000)), (task.TaskId, task.OrderId, task.Queue, task.AgreedTotal));
        Assert.AreEqual("out of stock: Desk lamp. Ask the customer: for each missing line a substitute, or without it; or cancel the order.", task.Question);
        CollectionAssert.AreEqual(new[] { "1", "2" }, task.Lines.Select(line => line.LineId).ToArray());
        CollectionAssert.AreEqual(new[] { "1" }, task.Missing.ToArray());
        var asked = walk.Order.Published<OrderSubstitutionAsked>();
        Assert.AreEqual(("Call centre", "decide with the customer what comes in place of what is missing"), (asked.Standing.Owner, asked.Standing.Waiting));
    }

    [TestMethod]
    public void What_is_dearer_is_held_first_and_the_earlier_hold_released_then()
    {
        var walk = Missing(Samples.Plain, task => Desk.Substitute(task, 4_500, agreed: 6_000)).ToTheEnd();

        walk.AllIsSettled(Samples.Plain);
        CollectionAssert.AreEqual(
            new object[]
            {
                new HoldPayment("A-1", Samples.Rub(4990), "card-1", "A-1/hold/1"), new HoldPayment("A-1", Samples.Rub(5500), "card-1", "A-1/hold/2"),
                new VoidPayment("A-1", "pay-1", "A-1/void/1"), new CapturePayment("A-1", "pay-2", Samples.Rub(5500), "A-1/capture/1"),
            },
            Money(walk));
        CollectionAssert.AreEqual(
            new[]
            {
                "OrderPlaced", "OrderPriced", "OrderPaymentHeld", "OrderRegistered", "OrderSubstitutionAsked", "OrderSubstitutionDecided", "OrderPriced", "OrderPaymentHeld",
                "OrderPaymentReleased", "OrderAmended", "OrderPicked", "OrderPaid",
            },
            walk.Order.Journey.Take(12).ToArray());
        Assert.AreEqual("1 × Desk lamp 3990.00 RUB, 2 × Bulb 1000.00 RUB", Receipt(walk.Order.AllSent<HoldPayment>()[0].Receipt));
        Assert.AreEqual("1 × Other 1 4500.00 RUB, 2 × Bulb 1000.00 RUB", Receipt(walk.Order.Sent<HoldPayment>().Receipt));
        Assert.AreEqual("1 × Other 1 4500.00 RUB, 2 × Bulb 1000.00 RUB", Receipt(walk.Order.Sent<CapturePayment>().Receipt));
        Assert.AreEqual("olga: Other 1 instead of Desk lamp", walk.Order.Published<OrderSubstitutionDecided>().Decision);
        var letter = walk.Order.AllSent<NotifyCustomer>().Single(letter => letter.Kind == NotificationKind.OrderAmended);
        Assert.AreEqual(("A-1/letter-OrderAmended/1", "Other 1 instead of Desk lamp", "5500.00 RUB"), (letter.NotificationId, letter.Details["changes"], letter.Details["total"]));
    }

    [TestMethod]
    public void What_is_cheaper_needs_no_other_hold_and_less_is_taken()
    {
        var walk = Missing(Samples.Plain, task => Desk.Substitute(task, 1_500)).ToTheEnd();

        walk.AllIsSettled(Samples.Plain);
        CollectionAssert.AreEqual(
            new object[] { new HoldPayment("A-1", Samples.Rub(4990), "card-1", "A-1/hold/1"), new CapturePayment("A-1", "pay-1", Samples.Rub(2500), "A-1/capture/1") }, Money(walk));
    }

    [TestMethod]
    public void Points_are_given_back_and_set_aside_for_the_new_lines()
    {
        var walk = Missing(Samples.WithPoints, task => Desk.Substitute(task, 1_500)).ToTheEnd();

        walk.AllIsSettled(Samples.WithPoints);
        Assert.AreEqual(2010m, walk.Systems.Captured);
        Assert.AreEqual(("A-1/points-release/1", null), (walk.Order.Sent<ReleasePoints>().OperationId, walk.Order.Sent<ReleasePoints>().Purchase));
        Assert.AreEqual(("A-1/points/2", 490m, "A-1.2"), (walk.Order.Sent<ReservePoints>().OperationId, walk.Order.Sent<ReservePoints>().Points, walk.Order.Sent<ReservePoints>().Purchase!));
        Assert.AreEqual(("A-1.2", Samples.Rub(2010)), (walk.Order.Sent<AccruePoints>().Purchase!, walk.Order.Sent<AccruePoints>().Paid));
    }

    [TestMethod]
    public void Where_points_pay_for_all_that_is_left_the_hold_is_released()
    {
        var walk = Missing(Samples.WithPoints with { PointsToSpend = 1_000 }, Desk.Drop).ToTheEnd();

        walk.AllIsSettled(Samples.WithPoints);
        CollectionAssert.AreEqual(
            new object[] { new HoldPayment("A-1", Samples.Rub(3990), "card-1", "A-1/hold/1"), new VoidPayment("A-1", "pay-1", "A-1/void/1") }, Money(walk));
    }

    [TestMethod]
    public void Where_points_paid_for_all_the_rest_is_held_anew()
    {
        var walk = Missing(Samples.PointsOnly with { PointsToSpend = 4_990 }, task => Desk.Substitute(task, 6_000, agreed: 9_000)).ToTheEnd();

        walk.AllIsSettled(Samples.PointsOnly);
        CollectionAssert.AreEqual(
            new object[] { new HoldPayment("A-1", Samples.Rub(2010), "card-1", "A-1/hold/2"), new CapturePayment("A-1", "pay-1", Samples.Rub(2010), "A-1/capture/1") }, Money(walk));
    }

    [TestMethod]
    public void It_may_happen_again_and_again()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems =>
        {
            systems.Picking = [PickingState.OutOfStock, PickingState.InProgress, PickingState.OutOfStock, PickingState.OutOfStock, PickingState.Picked];
            systems.CallCentre = task => Desk.Substitute(task, 5_000 + task.TaskId[^1], agreed: 20_000);
        }).ToTheEnd();

        walk.AllIsSettled(Samples.WithPoints);
        CollectionAssert.AreEqual(new[] { "A-1/task/1", "A-1/task/2", "A-1/task/3" }, walk.Order.AllSent<OpenTask>().Select(task => task.TaskId).ToArray());
        Assert.HasCount(4, walk.Order.AllSent<HoldPayment>());
        Assert.HasCount(3, walk.Order.AllSent<VoidPayment>());
    }

    [TestMethod]
    public void The_call_centre_may_cancel_the_order()
    {
        var walk = Missing(Samples.WithPoints, Desk.Cancel).ToTheEnd();

        walk.NothingRemains();
        Assert.AreEqual("the customer wants nothing else", walk.Order.Published<OrderCancelled>().Reason);
        Assert.IsEmpty(walk.Order.AllSent<CloseTask>());
    }

    [TestMethod]
    public void Nobody_decides_so_what_is_missing_is_left_out()
    {
        var walk = Missing(Samples.Plain, Desk.Nothing).ToTheEnd();

        walk.AllIsSettled(Samples.Plain);
        Assert.AreEqual(1000m, walk.Systems.Captured);
        Assert.AreEqual("nobody decided in time: without Desk lamp", walk.Order.Published<OrderSubstitutionDecided>().Decision);
    }

    [TestMethod]
    public void Nobody_decides_and_nothing_is_left_so_the_order_is_cancelled()
    {
        var walk = Missing(Samples.Plain, Desk.Nothing, lines => lines).ToTheEnd();

        walk.NothingRemains();
        Assert.AreEqual("out of stock: Desk lamp, Bulb", walk.Order.Published<OrderCancelled>().Reason);
    }

    [TestMethod]
    [DataRow("price/2", "not sold any more")]
    [DataRow("points/2", "not enough points")]
    [DataRow("hold/2", "insufficient funds")]
    [DataRow("oms-amend/1", "unknown article")]
    public void A_no_to_what_was_decided_goes_back_to_people_and_the_next_decision_begins_with_what_is(string operation, string reason)
    {
        var walk = Missing(Samples.WithPoints, task => task.TaskId == "A-1/task/1" ? Desk.Substitute(task, 4_500, agreed: 6_000) : Desk.Substitute(task, 3_000));
        walk.Systems.RefusesOperations.Add(operation);
        walk.Until(passed => passed.Order.AllPublished<OrderSubstitutionAsked>().Count == 2);
        Assert.AreEqual($"out of stock: Desk lamp; what was decided could not be done: {reason}", walk.Order.Published<OrderSubstitutionAsked>().Why);
        CollectionAssert.AreEqual(new[] { "1" }, walk.Order.Sent<OpenTask>().Missing.ToArray());
        Assert.IsGreaterThanOrEqualTo(4500m, walk.Systems.Held, "The hold was given up for one that there is not.");

        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        Assert.AreEqual(4000m, walk.Systems.Captured + walk.Systems.PointsSpent);
    }

    [TestMethod]
    public void What_comes_to_more_than_was_agreed_is_asked_about_again()
    {
        var walk = Missing(Samples.Plain, task => task.TaskId == "A-1/task/1" ? Desk.Substitute(task, 4_001) : Desk.Substitute(task, 4_001, agreed: 5_001)).ToTheEnd();

        walk.AllIsSettled(Samples.Plain);
        Assert.AreEqual("out of stock: Desk lamp; what was decided could not be done: the price is 5001.00 RUB, and no more than 5000.00 RUB was agreed", walk.Order.Published<OrderSubstitutionAsked>().Why);
    }

    [TestMethod]
    public void What_the_hub_decided_itself_and_is_refused_ends_the_order()
    {
        var walk = Missing(Samples.Plain, Desk.Nothing);
        walk.Systems.RefusesOperations.Add("oms-amend/1");

        walk.ToTheEnd().NothingRemains();
        Assert.AreEqual("unknown article", walk.Order.Published<OrderCancelled>().Reason);
    }

    [TestMethod]
    public void An_earlier_hold_that_somebody_took_by_hand_is_paid_back()
    {
        var walk = Missing(Samples.Plain, task => Desk.Substitute(task, 4_500, agreed: 6_000));
        walk.Systems.IsTakenByHand = true;

        walk.ToTheEnd().AllIsSettled(Samples.Plain);
        Assert.AreEqual((10_490m, 4_990m), (walk.Systems.Captured, walk.Systems.Refunded));
        Assert.AreEqual("4990.00 RUB was paid back", walk.Order.Published<OrderStepUndone>().What);
    }

    [TestMethod]
    [DataRow(false), DataRow(true)]
    public void An_earlier_hold_that_is_not_released_is_a_task_until_it_is(bool byHand)
    {
        var walk = Missing(Samples.Plain, task => Desk.Substitute(task, 4_500, agreed: 6_000));
        walk.Systems.Obstinacy = 1;
        walk.Until(passed => passed.Order.AllPublished<OrderNeedsAttention>().Count == 1);
        StringAssert.StartsWith(walk.Order.Published<OrderNeedsAttention>().Why, "Payments will not release the hold of 4990.00 RUB on the customer's card: not now.");
        Assert.AreEqual((0, 10_490m), (walk.Order.AllSent<AmendOrder>().Count, walk.Systems.Held));

        walk.Order.Receives(new ResumeOrder("A-1", "support-1", Settled: byHand));
        walk.Until(passed => passed.Order.AllSent<AmendOrder>().Count == 1);

        CollectionAssert.AreEqual(
            new[] { ("A-1/void/1", false), ("A-1/void/2", byHand) }, walk.Order.AllSent<VoidPayment>().Select(command => (command.OperationId, command.Settled)).ToArray());
    }

    [TestMethod]
    public void A_cancellation_while_people_decide_takes_the_question_back()
    {
        var walk = Missing(Samples.WithPoints, _ => null).Until(passed => passed.Order.AllSent<OpenTask>().Count == 1);
        walk.Order.Receives(Wish);

        Assert.AreEqual(new CloseTask("A-1/task/1", "the order is being cancelled"), walk.Order.Sent<CloseTask>());
        walk.Order.Receives(Desk.Substitute(walk.Order.Sent<OpenTask>(), 100));
        walk.ToTheEnd().NothingRemains();
        Assert.IsEmpty(walk.Order.AllPublished<OrderSubstitutionDecided>());
    }

    [TestMethod]
    public void Both_holds_are_released_when_the_order_is_cancelled_between_them()
    {
        var walk = Missing(Samples.Plain, task => Desk.Substitute(task, 4_500, agreed: 6_000));
        walk.Until(passed => passed.Order.AllSent<HoldPayment>().Count == 2);
        walk.Order.Receives(Wish);
        Assert.IsEmpty(walk.Order.AllSent<VoidPayment>(), "Whether the second amount is held is not known yet.");

        walk.ToTheEnd().NothingRemains();
        CollectionAssert.AreEqual(
            new[] { new VoidPayment("A-1", "pay-1", "A-1/void/1"), new VoidPayment("A-1", "pay-2", "A-1/void/2") }, walk.Order.AllSent<VoidPayment>().ToArray());
    }

    [TestMethod]
    public void A_cancellation_at_any_moment_leaves_nothing_behind()
    {
        for (var moment = 0; ; moment++)
        {
            var walk = Missing(Samples.WithPoints, task => Desk.Substitute(task, 4_500, agreed: 6_000)).Steps(moment);
            if (!walk.Order.IsRunning || walk.Order.State.CarrierHasGoods) break;
            walk.Order.Receives(Wish);
            walk.ToTheEnd();
            if (walk.Order.AllPublished<OrderCancellationRefused>().Count == 0) walk.NothingRemains();
        }
    }

    [TestMethod]
    public void Old_answers_are_no_answers_to_new_questions()
    {
        var walk = Missing(Samples.WithPoints, task => Desk.Substitute(task, 4_500, agreed: 6_000));
        for (var steps = 0; walk.Order.IsRunning; steps++)
        {
            Assert.IsLessThan(1_000, steps, "The order goes round in circles.");
            walk.Step();
            if (!walk.Order.IsRunning) break;

            // All that was ever answered comes once more, and a no to what is not asked any more.
            walk.Order.Receives([.. walk.Answers]);
            if (walk.Order.IsRunning && walk.Order.State.Step is >= Step.AskCallCentre and <= Step.AmendOmsOrder)
            {
                walk.Order.Receives(
                    new OrderPriceRefused("A-1", "old", "A-1/price/1"), new OrderPriceCalculated("A-1", [], Samples.Rub(1), "A-1/price/1"), new PointsRefused("A-1", "old", "A-1/points/1"),
                    new PaymentDeclined("A-1", "old", "A-1/hold/1"), new OmsOrderRefused("A-1", "old", "A-1/oms/1"), new TaskUnanswered("A-1/task/0", "A-1"));
            }
        }

        walk.AllIsSettled(Samples.WithPoints);
        Assert.HasCount(1, walk.Order.AllPublished<OrderSubstitutionAsked>());
    }

    [TestMethod]
    [DataRow(PickingState.Picked)]
    [DataRow(PickingState.OutOfStock)]
    [DataRow(PickingState.Cancelled)]
    public void What_was_seen_of_picking_before_the_order_was_amended_is_not_about_what_it_has_become(PickingState state)
    {
        var walk = Missing(Samples.WithPoints, task => Desk.Substitute(task, 4_500, agreed: 6_000)).Until(passed => passed.Order.AllPublished<OrderAmended>().Count == 1);

        walk.Order.Receives(new PickingReported("A-1", state, [], ["1", "2"]));
        Assert.AreEqual(Step.PickGoods, walk.Order.State.Step);

        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        Assert.HasCount(1, walk.Order.AllPublished<OrderSubstitutionAsked>());
    }

    [TestMethod]
    public void A_person_who_cancels_the_order_there_may_have_taken_lines_out_before()
    {
        var walk = Missing(Samples.WithPoints, task => Desk.Substitute(task, 4_500, agreed: 6_000)).Until(passed => passed.Order.AllPublished<OrderAmended>().Count == 1);

        walk.Order.Receives(new PickingReported("A-1", PickingState.Cancelled, [], ["2"]));

        walk.ToTheEnd().NothingRemains();
    }

    [TestMethod]
    public void An_order_that_was_placed_before_orders_were_amended_is_amended_under_new_operations()
    {
        var walk = new OrderWalk(Samples.WithPoints, Prepare(task => Desk.Substitute(task, 4_500, agreed: 6_000))).Until(passed => passed.Order.AllPublished<OrderRegistered>().Count == 1);
        walk.Order.Forget("Operations", "Amendment", "Questions", "Spare", "Purchase");

        walk.ToTheEnd().AllIsSettled(Samples.WithPoints);
        Assert.AreEqual(("A-1/price/2", "A-1/points/2", "A-1/hold/2"), (walk.Order.Sent<PriceOrder>().OperationId, walk.Order.Sent<ReservePoints>().OperationId, walk.Order.Sent<HoldPayment>().OperationId));
    }

    static OrderWalk Missing(PlaceOrder order, Func<OpenTask, object?> decide, Func<IReadOnlyList<string>, IReadOnlyList<string>>? missing = null) =>
        new(order, Prepare(decide, missing));

    static Action<Systems> Prepare(Func<OpenTask, object?> decide, Func<IReadOnlyList<string>, IReadOnlyList<string>>? missing = null) => systems =>
    {
        (systems.Picking, systems.CallCentre) = ([PickingState.OutOfStock, PickingState.Picked], decide);
        if (missing is not null) systems.Missing = missing;
    };

    static string Receipt(Receipt? receipt) => string.Join(", ", receipt!.Lines.Select(line => $"{line.Quantity} × {line.Name} {line.Total}"));

    /// <summary>Receipts aside.</summary>
    static object[] Money(OrderWalk walk) => [.. walk.Order.Commands.Select(command => command switch
    {
        HoldPayment hold => hold with { Receipt = null },
        CapturePayment capture => capture with { Receipt = null },
        RefundPayment refund => refund with { Receipt = null },
        VoidPayment release => release,
        _ => (object?)null,
    }).OfType<object>()];
}
