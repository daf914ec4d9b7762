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
        // A renewed hold has taken the place of another.
        if (order is { Spare: { } spare, Capture: Effect.None, Amendment: null or { Lines: null } }) return spare.Taken is null ? Step.ReleaseOldHold : Step.RefundOldHold;
        if (order.Amendment is { } change) return Amending.Next(order, change);
        if (order.Models.Exists(model => model.State != JobState.Ended)) return Step.PriceModels;
        if (order.Prices is null) return Step.PriceOrder;
        if (order.SpendsPoints && order.Points == Effect.None) return Step.ReservePoints;

        // What is paid with points alone needs no card.
        var costsMoney = order.ToPay.Amount > 0;
        if (costsMoney && order.Hold == Effect.None) return Step.HoldPayment;
        if (order.Oms == Effect.None) return Step.RegisterOrder;
        if (!order.Picked) return Step.PickGoods;
        if ((costsMoney && order.Capture == Effect.None) || order.IsShort) return Step.CapturePayment;
        if (order.Spare?.Taken is not null) return Step.RefundOldHold;
        if (order.Booking == Effect.None || order.Shipment == ShipmentState.Requested) return Step.BookShipment;
        if (order.Shipment != ShipmentState.Delivered) return Step.FollowShipment;
        if (order.Order.Customer.LoyaltyCard is not null && order.PointsEarned is null) return Step.AccruePoints;
        return order.PaysBack ? Step.PayPartsBack : Step.Completed;
    }

    /// <summary>Steps that someone else works on already: asking at once would only be answered "still running".</summary>
    public static bool BeginsWithPause(OrderState order) =>
        order is { Step: Step.PickGoods, PickingIsNews: false } or { Step: Step.FollowShipment } or { Step: Step.BookShipment, Booking: Effect.Done };

    /// <summary>What to ask, of all lines that have not answered yet where a step is about lines.</summary>
    public static IEnumerable<object> Questions(OrderState order)
    {
        var (id, placed, operation) = (order.OrderId, order.Order, Operation(order));
        return order.Step switch
        {
            Step.PriceModels => order.Models.Where(model => model.Asked).Select(model => ModelQuestion(order, model)),
            Step.PriceOrder => [new PriceOrder(id, placed.Customer.CustomerId, placed.Lines, operation)],
            Step.ReservePoints => [new ReservePoints(id, placed.Customer.LoyaltyCard!, order.PointsWanted, order.Prices!, operation)],
            Step.HoldPayment => [new HoldPayment(id, order.ToPay, placed.PaymentMethod, operation, Receipts.Of(order))],
            Step.RenewHold => [new HoldPayment(id, order.ToRenew, placed.PaymentMethod, operation, Receipts.Of(order))],
            Step.RegisterOrder => [new RegisterOrder(id, placed.Customer, order.Prices!, placed.Destination, order.Total!, operation)],
            Step.PickGoods => [new CheckPicking(id)],
            >= Step.AskCallCentre and <= Step.AmendOmsOrder => [Amending.Question(order, order.Amendment!)],
            Step.CapturePayment => [new CapturePayment(id, order.PaymentId, order.ToCapture, operation, Receipts.Of(order))],
            Step.BookShipment when order.Booking == Effect.None =>
                [new BookShipment(id, placed.Customer, placed.Destination, order.Prices!, operation)],
            Step.BookShipment or Step.FollowShipment => [new CheckShipment(id, order.ShipmentId)],
            Step.AccruePoints => [new AccruePoints(id, placed.Customer.LoyaltyCard!, order.Prices!, order.Earning ?? order.Captured ?? Money.Zero(order.Total!.Currency), operation, order.Purchase)],
            Step.CancelShipment => [new CancelShipment(id, order.ShipmentId, operation)],
            Step.RefundPayment => [new RefundPayment(id, order.PaymentId, order.Kept!, operation, Receipts.Of(order))],
            Step.RefundOldHold => [new RefundPayment(id, order.Spare!.PaymentId, order.Spare.Taken!, operation, Receipts.Of(order))],
            Step.ReleaseOldHold => [new VoidPayment(id, order.Spare!.PaymentId, operation)],
            Step.VoidPayment => [new VoidPayment(id, order.PaymentId, operation)],
            Step.CancelOmsOrder => [new CancelOmsOrder(id, order.Ending!, operation)],
            Step.ReleasePoints => [new ReleasePoints(id, placed.Customer.LoyaltyCard!, operation, order.Purchase)],
            Step.CancelModels => order.Models.Where(model => model.Asked).Select(model => new CancelModelPrice(id, model.LineId, model.JobId)),
            // Parts of the money are asked for by whoever pays them back.
            Step.NotBegun or Step.PayPartsBack or Step.Completed or Step.Cancelled or _ => [],
        };
    }

    static object ModelQuestion(OrderState order, ModelJob model)
    {
        if (model.State == JobState.Running) return new CheckModelPrice(order.OrderId, model.LineId, model.JobId);
        var line = order.Order.Lines.First(line => line.LineId == model.LineId);
        return new RequestModelPrice(order.OrderId, line.LineId, line.Model!, line.Quantity, Operation(order, $"model-price-{line.LineId}"));
    }

    /// <summary>The id of what the step asks for, the same however often it is asked: the vendor's idempotency key.</summary>
    public static string Operation(OrderState order) => Operation(order, OperationOf(order.Step) ?? "");

    /// <summary>What the step asks for, the same on the way there, in an amendment and on the way back; null for what only reads.</summary>
    public static string? OperationOf(Step step) => step switch
    {
        Step.PriceOrder or Step.RepriceOrder => "price",
        Step.ReservePoints or Step.ReservePointsAnew => "points",
        Step.ReturnPoints or Step.ReleasePoints => "points-release",
        Step.HoldPayment or Step.HoldAnew or Step.RenewHold => "hold",
        Step.ReleaseOldHold or Step.VoidPayment => "void",
        Step.RegisterOrder => "oms",
        Step.AmendOmsOrder => "oms-amend",
        Step.CancelOmsOrder => "oms-cancel",
        Step.CapturePayment => "capture",
        Step.RefundPayment or Step.RefundOldHold => "refund",
        Step.BookShipment => "shipment",
        Step.CancelShipment => "shipment-cancel",
        Step.AccruePoints => "accrue",
        _ => null,
    };

    static string Operation(OrderState order, string operation) => string.Create(CultureInfo.InvariantCulture, $"{order.OrderId}/{operation}/{order.Number}");
}
