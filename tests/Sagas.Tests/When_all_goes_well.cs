using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Payments.Messages;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;

namespace Dovetail.Sagas.Tests;

[TestClass]
public sealed class When_all_goes_well
{
    static readonly DateTimeOffset Morning = new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero);

    [TestMethod]
    public void Goods_that_are_picked_before_the_order_is_known_to_be_registered_are_asked_for_at_once()
    {
        var order = new OrderStory().Receives(Samples.Plain);
        order.Receives(new OrderPriceCalculated("A-1", Priced, Samples.Rub(4990)));
        order.Receives(new PaymentHeld("A-1", "pay-1", Samples.Rub(4990), null));

        order.Receives(new PickingReported("A-1", PickingState.Picked, []));
        Assert.IsEmpty(order.AllSent<CheckPicking>());

        order.Receives(new OmsOrderRegistered("A-1", "OMS-1"));
        Assert.HasCount(1, order.AllSent<CheckPicking>());
        Assert.AreEqual("pick and pack the goods", order.Published<OrderRegistered>().Standing.Waiting);

        order.Receives(new PickingReported("A-1", PickingState.InProgress, []));
        order.TimePasses(TimeSpan.FromSeconds(59));
        Assert.HasCount(1, order.AllSent<CheckPicking>(), "From then on as every order.");

        order.TimePasses(TimeSpan.FromSeconds(1)).Receives(new PickingReported("A-1", PickingState.Picked, []));
        Assert.HasCount(2, order.AllSent<CheckPicking>());
        Assert.AreEqual("A-1/capture/1", order.Sent<CapturePayment>().OperationId);
    }

    [TestMethod]
    public void The_order_is_priced_paid_picked_shipped_and_delivered()
    {
        var order = new OrderStory().Receives(Samples.WithPoints);
        var priceOrder = order.Sent<PriceOrder>();
        Assert.AreEqual(("A-1/price/1", "C-1"), (priceOrder.OperationId, priceOrder.CustomerId));

        order.Receives(new OrderPriceCalculated("A-1", Priced, Samples.Rub(4990)));
        Assert.AreEqual(("A-1/points/1", "CARD-1", 490m), (order.Sent<ReservePoints>().OperationId, order.Sent<ReservePoints>().LoyaltyCard, order.Sent<ReservePoints>().Points));

        order.Receives(new PointsReserved("A-1", 490));
        Assert.AreEqual(new HoldPayment("A-1", Samples.Rub(4500), "card-1", "A-1/hold/1"), order.Sent<HoldPayment>() with { Receipt = null });
        Assert.AreEqual(("anna@example.org", "+70000000001"), (order.Sent<HoldPayment>().Receipt!.Email, order.Sent<HoldPayment>().Receipt!.Phone));
        Assert.AreEqual(
            new Standing(3, Morning, "Payments", "hold 4500.00 RUB on the customer's card", Morning.AddMinutes(2)), order.Published<OrderPointsReserved>().Standing);

        order.Receives(new PaymentHeld("A-1", "pay-1", Samples.Rub(4500), null));
        Assert.AreEqual(("A-1/oms/1", Samples.Rub(4990)), (order.Sent<RegisterOrder>().OperationId, order.Sent<RegisterOrder>().Total));

        order.Receives(new OmsOrderRegistered("A-1", "OMS-1"));
        Assert.AreEqual(("A-1/letter-OrderConfirmed", NotificationKind.OrderConfirmed), (order.Sent<NotifyCustomer>().NotificationId, order.Sent<NotifyCustomer>().Kind));
        Assert.AreEqual(new Standing(5, Morning, "Order management", "pick and pack the goods", Morning.AddHours(4)), order.Published<OrderRegistered>().Standing);

        order.TimePasses(TimeSpan.FromMinutes(1)).Receives(new PickingReported("A-1", PickingState.InProgress, []));
        order.TimePasses(TimeSpan.FromMinutes(1)).Receives(new PickingReported("A-1", PickingState.Picked, []));
        Assert.HasCount(2, order.AllSent<CheckPicking>());
        Assert.AreEqual(new CapturePayment("A-1", "pay-1", Samples.Rub(4500), "A-1/capture/1"), order.Sent<CapturePayment>() with { Receipt = null });

        order.Receives(new PaymentCaptured("A-1", "pay-1", Samples.Rub(4500)));
        Assert.AreEqual("A-1/shipment/1", order.Sent<BookShipment>().OperationId);

        order.Receives(Report(ShipmentState.Requested, order));
        order.TimePasses(TimeSpan.FromSeconds(5)).Receives(Report(ShipmentState.Booked, order));
        Assert.AreEqual("TRACK-1", order.Published<OrderShipmentBooked>().TrackingNumber);
        Assert.HasCount(1, order.AllSent<CheckShipment>());

        order.TimePasses(TimeSpan.FromMinutes(30)).Receives(Report(ShipmentState.InTransit, order));
        Assert.AreEqual(new MarkOrderShipped("A-1", "TRACK-1", "A-1/oms-shipped/1"), order.Sent<MarkOrderShipped>());
        Assert.AreEqual("TRACK-1", order.Sent<NotifyCustomer>().Details["trackingNumber"]);

        order.TimePasses(TimeSpan.FromMinutes(30)).Receives(Report(ShipmentState.AtPickupPoint, order));
        Assert.AreEqual(("Customer", "collect the goods at the pick-up point"), (order.Published<OrderOnItsWay>().Standing.Owner, order.Published<OrderOnItsWay>().Standing.Waiting));

        order.TimePasses(TimeSpan.FromMinutes(30)).Receives(Report(ShipmentState.Delivered, order));
        Assert.AreEqual(new MarkOrderComplete("A-1", "A-1/oms-complete/1"), order.Sent<MarkOrderComplete>());
        Assert.AreEqual(("A-1/accrue/1", Samples.Rub(4500)), (order.Sent<AccruePoints>().OperationId, order.Sent<AccruePoints>().Paid));

        order.Receives(new PointsAccrued("A-1", 45));
        Assert.AreEqual(45m, order.Published<OrderCompleted>().PointsEarned);
        Assert.IsTrue(order.HasEnded);
        CollectionAssert.AreEqual(
            new[]
            {
                "OrderPlaced", "OrderPriced", "OrderPointsReserved", "OrderPaymentHeld", "OrderRegistered", "OrderPicked", "OrderPaid",
                "OrderShipmentBooked", "OrderOnItsWay", "OrderOnItsWay", "OrderDelivered", "OrderCompleted",
            },
            order.Journey.ToArray());
    }

    [TestMethod]
    public void Models_are_priced_all_at_once_and_the_order_when_all_have_prices()
    {
        var order = new OrderStory().Receives(Samples.MadeToOrder);
        CollectionAssert.AreEqual(new[] { "A-1/model-price-3/1", "A-1/model-price-4/1" }, order.AllSent<RequestModelPrice>().Select(request => request.OperationId).ToArray());

        order.Receives(new ModelPriceRunning("A-1", "3", "job-3", 0), new ModelPriceCalculated("A-1", "4", "job-4", Samples.Rub(150)));
        Assert.AreEqual(new Standing(3, Morning, "Manufacturing", "compute the price of what is made to order", Morning.AddMinutes(45)), order.Published<ModelPriced>().Standing);
        Assert.IsEmpty(order.AllSent<PriceOrder>());

        order.TimePasses(TimeSpan.FromSeconds(20)).Receives(new ModelPriceRunning("A-1", "3", "job-3", 0.5m));
        order.TimePasses(TimeSpan.FromSeconds(20)).Receives(new ModelPriceCalculated("A-1", "3", "job-3", Samples.Rub(300)));
        Assert.HasCount(2, order.AllSent<CheckModelPrice>());
        CollectionAssert.AreEqual(new[] { 3990m, 300m, 150m }, order.Sent<PriceOrder>().Lines.Select(line => line.UnitPrice!.Amount).ToArray());
        CollectionAssert.AreEqual(new[] { "OrderPlaced", "ModelPricingStarted", "ModelPriced", "ModelPriced" }, order.Journey.ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Orders))]
    public void Everything_is_settled_in_the_end(string name)
    {
        var walk = new OrderWalk(Samples.All[name]).ToTheEnd();

        walk.AllIsSettled(Samples.All[name]);
        Assert.IsEmpty(walk.Order.AllPublished<OrderNeedsAttention>());
        Assert.IsEmpty(walk.Order.AllPublished<OrderDelayed>());
    }

    [TestMethod]
    public void What_points_pay_in_full_is_neither_held_nor_taken()
    {
        var walk = new OrderWalk(Samples.PointsOnly).ToTheEnd();

        Assert.AreEqual(4990m, walk.Systems.PointsSpent);
        Assert.IsEmpty(walk.Order.AllSent<HoldPayment>());
        Assert.IsEmpty(walk.Order.AllSent<CapturePayment>());
        Assert.AreEqual(Samples.Rub(0), walk.Order.Sent<AccruePoints>().Paid);
    }

    [TestMethod]
    public void Without_a_loyalty_card_no_points_are_spent_or_earned()
    {
        var walk = new OrderWalk(Samples.Plain with { PointsToSpend = 100 }).ToTheEnd();

        Assert.IsEmpty(walk.Order.AllSent<ReservePoints>());
        Assert.IsEmpty(walk.Order.AllSent<AccruePoints>());
        Assert.AreEqual(4990m, walk.Systems.Captured);
        Assert.AreEqual(0m, walk.Order.Published<OrderCompleted>().PointsEarned);
    }

    [TestMethod]
    public void A_delivery_too_fast_to_be_followed_is_a_delivery()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Shipping = [ShipmentState.Requested, ShipmentState.Delivered]).ToTheEnd();

        walk.AllIsSettled(Samples.WithPoints);
        Assert.IsEmpty(walk.Order.AllSent<MarkOrderShipped>());
        CollectionAssert.AreEqual(new[] { "OrderConfirmed", "OrderDelivered" }, walk.Systems.Letters);
    }

    [TestMethod]
    public void However_often_it_moves_a_shipment_is_called_shipped_once()
    {
        var walk = new OrderWalk(Samples.WithPoints).ToTheEnd();

        Assert.IsGreaterThan(1, walk.Order.AllPublished<OrderOnItsWay>().Count);
        Assert.HasCount(1, walk.Order.AllSent<MarkOrderShipped>());
        Assert.HasCount(1, walk.Order.AllSent<NotifyCustomer>().Where(letter => letter.Kind == NotificationKind.OrderShipped).ToList());
    }

    [TestMethod]
    public void One_alarm_is_pending_while_nothing_changes()
    {
        var walk = new OrderWalk(Samples.WithPoints, systems => systems.Picking = [.. Enumerable.Repeat(PickingState.InProgress, 100), PickingState.Picked]);
        walk.Until(passed => passed.Order.AllSent<CheckPicking>().Count == 100);

        Assert.IsLessThanOrEqualTo(2, walk.Order.Alarms.Count);
    }

    static IEnumerable<object[]> Orders() => Samples.All.Keys.Select(name => new object[] { name });

    static ShipmentReported Report(ShipmentState state, OrderStory order) =>
        new("A-1", "ship-1", state, state == ShipmentState.Requested ? null : "TRACK-1", $"the carrier's word for {state}", order.Clock.Now);

    static IReadOnlyList<PricedLine> Priced =>
        [.. Samples.Plain.Lines.Select(line => new PricedLine(line.LineId, line.Sku, line.Name, line.Quantity, line.UnitPrice!, Samples.Rub(0), line.UnitPrice! * line.Quantity))];
}
