using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Mes.Commands;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Payments.Commands;
using Dovetail.Contracts.Pricing.Commands;

namespace Dovetail.Sagas.Orders;

/// <summary>The way there, and the question that each step asks, the same however often it is asked.</summary>
static class Steps
{
    /// <summary>The first thing that is still to be done.</summary>
    public static Step Next(OrderState order)
    {
        if (order.Models.Exists(model => model.State != JobState.Ended)) return Step.PriceModels;
        if (order.Prices is null) return Step.PriceOrder;
        if (order.SpendsPoints && order.Points == Effect.None) return Step.ReservePoints;

        // What is paid with points alone needs no card.
        var costsMoney = order.ToPay.Amount > 0;
        if (costsMoney && order.Hold == Effect.None) return Step.HoldPayment;
        if (order.Oms == Effect.None) return Step.RegisterOrder;
        if (!order.Picked) return Step.PickGoods;
        if (costsMoney && order.Capture == Effect.None) return Step.CapturePayment;
        if (order.Booking == Effect.None || order.Shipment == ShipmentState.Requested) return Step.BookShipment;
        if (order.Shipment != ShipmentState.Delivered) return Step.FollowShipment;
        return order.Order.Customer.LoyaltyCard is not null && order.PointsEarned is null ? Step.AccruePoints : Step.Completed;
    }

    /// <summary>Steps that someone else works on already: asking at once would only be answered "still running".</summary>
    public static bool BeginsWithPause(OrderState order) =>
        order.Step is Step.PickGoods or Step.FollowShipment || (order.Step == Step.BookShipment && order.Booking == Effect.Done);

    /// <summary>What to ask, of all lines that have not answered yet where a step is about lines.</summary>
    public static IEnumerable<object> Questions(OrderState order)
    {
        var (id, placed) = (order.OrderId, order.Order);
        return order.Step switch
        {
            Step.PriceModels => order.Models.Where(model => model.Asked).Select(model => ModelQuestion(order, model)),
            Step.PriceOrder => [new PriceOrder(id, placed.Customer.CustomerId, placed.Lines, Operation(order, "price"))],
            Step.ReservePoints => [new ReservePoints(id, placed.Customer.LoyaltyCard!, order.PointsWanted, order.Prices!, Operation(order, "points"))],
            Step.HoldPayment => [new HoldPayment(id, order.ToPay, placed.PaymentMethod, Operation(order, "hold"))],
            Step.RegisterOrder => [new RegisterOrder(id, placed.Customer, order.Prices!, placed.Destination, order.Total!, Operation(order, "oms"))],
            Step.PickGoods => [new CheckPicking(id)],
            Step.CapturePayment => [new CapturePayment(id, order.PaymentId, order.Held!, Operation(order, "capture"))],
            Step.BookShipment when order.Booking == Effect.None =>
                [new BookShipment(id, placed.Customer, placed.Destination, order.Prices!, Operation(order, "shipment"))],
            Step.BookShipment or Step.FollowShipment => [new CheckShipment(id, order.ShipmentId)],
            Step.AccruePoints => [new AccruePoints(id, placed.Customer.LoyaltyCard!, order.Prices!, order.Captured ?? Money.Zero(order.Total!.Currency), Operation(order, "accrue"))],
            Step.CancelShipment => [new CancelShipment(id, order.ShipmentId, Operation(order, "shipment-cancel"))],
            Step.RefundPayment => [new RefundPayment(id, order.PaymentId, order.Captured!, Operation(order, "refund"))],
            Step.VoidPayment => [new VoidPayment(id, order.PaymentId, Operation(order, "void"))],
            Step.CancelOmsOrder => [new CancelOmsOrder(id, order.Ending!, Operation(order, "oms-cancel"))],
            Step.ReleasePoints => [new ReleasePoints(id, placed.Customer.LoyaltyCard!, Operation(order, "points-release"))],
            Step.CancelModels => order.Models.Where(model => model.Asked).Select(model => new CancelModelPrice(id, model.LineId, model.JobId)),
            Step.NotBegun or Step.Completed or Step.Cancelled or _ => [],
        };
    }

    static object ModelQuestion(OrderState order, ModelJob model)
    {
        if (model.State == JobState.Running) return new CheckModelPrice(order.OrderId, model.LineId, model.JobId);
        var line = order.Order.Lines.First(line => line.LineId == model.LineId);
        return new RequestModelPrice(order.OrderId, line.LineId, line.Model!, line.Quantity, Operation(order, $"model-price-{line.LineId}"));
    }

    static string Operation(OrderState order, string operation) => string.Create(CultureInfo.InvariantCulture, $"{order.OrderId}/{operation}/{order.Number}");
}
