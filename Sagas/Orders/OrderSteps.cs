using Dovetail.Sagas.Transitions;

namespace Dovetail.Sagas.Orders;

/// <summary>From which step an order may go to which, and why: see docs/sagas/order-fulfilment.md, which is drawn from this.</summary>
static class OrderSteps
{
    const string Back = "a no, or CancelOrder";
    const string Undone = "it is undone";
    const string Late = "held, taken or registered is reported after a no";

    public static StepMap<Step> Map { get; } = new StepMap<Step>()
        .From(Step.NotBegun, "PlaceOrder", Step.PriceModels, Step.PriceOrder)
        .From(Step.PriceModels, "every model has its price", Step.PriceOrder)
        .From(Step.PriceOrder, "the price is agreed to", Step.ReservePoints, Step.HoldPayment, Step.RegisterOrder)
        .From(Step.ReservePoints, "points are set aside", Step.HoldPayment, Step.RegisterOrder)
        .From(Step.HoldPayment, "the money is held", Step.RegisterOrder)
        .From(Step.RegisterOrder, "order management has it", Step.PickGoods)
        .From(Step.PickGoods, "all is picked", Step.CapturePayment, Step.BookShipment)
        .From(Step.CapturePayment, "the money is taken", Step.BookShipment)
        .From(Step.CapturePayment, "somebody had taken more by hand", Step.RefundOldHold)
        .From(Step.BookShipment, "the carrier has registered it", Step.FollowShipment)
        .From(Step.BookShipment, "it was delivered at once", Step.AccruePoints, Step.Completed)
        .From(Step.FollowShipment, "it is delivered", Step.AccruePoints, Step.Completed)
        .From(Step.AccruePoints, "points are credited", Step.Completed)

        .From(Step.BookShipment, "it was delivered at once, and a part is being paid back", Step.PayPartsBack)
        .From(Step.FollowShipment, "it is delivered, and a part is being paid back", Step.PayPartsBack)
        .From(Step.AccruePoints, "points are credited, and a part is being paid back", Step.PayPartsBack)
        .From(Step.PayPartsBack, "no part is being paid back any more", Step.Completed, Step.Cancelled)

        // The goods are not ready, and the hold ends soon.
        .From(Step.PickGoods, "the hold ends soon", Step.RenewHold)
        .From(Step.AskCallCentre, "the hold ends soon", Step.RenewHold)
        .From(Step.RenewHold, "the money is held anew", Step.ReleaseOldHold)
        .From(Step.RenewHold, "the bank declines", Step.PickGoods, Step.AskCallCentre)
        .From(Step.ReleaseOldHold, "the hold before is released", Step.PickGoods, Step.AskCallCentre)
        .From(Step.RefundOldHold, "the hold before is paid back", Step.PickGoods, Step.AskCallCentre)

        // Goods are missing.
        .From(Step.PickGoods, "goods are missing", Step.AskCallCentre)
        .From(Step.AskCallCentre, "it is decided what comes instead", Step.RepriceOrder)
        .From(Step.RepriceOrder, "the price is agreed to", Step.ReturnPoints, Step.ReservePointsAnew, Step.HoldAnew, Step.ReleaseOldHold, Step.AmendOmsOrder)
        .From(Step.RepriceOrder, "no price, or more than was agreed", Step.AskCallCentre)
        .From(Step.ReturnPoints, "points are given back", Step.ReservePointsAnew, Step.ReleaseOldHold, Step.AmendOmsOrder)
        .From(Step.ReservePointsAnew, "points are set aside", Step.HoldAnew, Step.ReleaseOldHold, Step.AmendOmsOrder)
        .From(Step.ReservePointsAnew, "there are not enough points", Step.AskCallCentre)
        .From(Step.HoldAnew, "more money is held", Step.ReleaseOldHold, Step.AmendOmsOrder)
        .From(Step.HoldAnew, "the bank declines", Step.AskCallCentre)
        .From(Step.ReleaseOldHold, "the hold is released", Step.AmendOmsOrder)
        .From(Step.ReleaseOldHold, "somebody had taken the money by hand", Step.RefundOldHold)
        .From(Step.RefundOldHold, "it is paid back", Step.AmendOmsOrder, Step.BookShipment)
        .From(Step.AmendOmsOrder, "order management has the new lines", Step.PickGoods)
        .From(Step.AmendOmsOrder, "order management will not have them", Step.AskCallCentre)

        // The way back begins with the last thing done.
        .From(Step.PriceModels, Back, Step.CancelModels, Step.Cancelled)
        .From(Step.PriceOrder, Back, Step.Cancelled)
        .From(Step.ReservePoints, Back, Step.ReleasePoints, Step.Cancelled)
        .From(Step.HoldPayment, Back, Step.VoidPayment, Step.ReleasePoints, Step.Cancelled)
        .From(Step.RegisterOrder, Back, Step.VoidPayment, Step.CancelOmsOrder, Step.ReleasePoints, Step.Cancelled)
        .From(Step.PickGoods, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.AskCallCentre, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.RenewHold, Back, Step.VoidPayment)
        .From(Step.RepriceOrder, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.ReturnPoints, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.ReservePointsAnew, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.HoldAnew, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.ReleaseOldHold, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.RefundOldHold, Back, Step.RefundPayment, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.AmendOmsOrder, Back, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.CapturePayment, Back, Step.RefundPayment, Step.CancelOmsOrder)
        .From(Step.BookShipment, Back, Step.CancelShipment, Step.RefundPayment, Step.CancelOmsOrder)
        .From(Step.FollowShipment, Back, Step.CancelShipment, Step.RefundPayment, Step.CancelOmsOrder)
        .From(Step.CancelShipment, Undone, Step.RefundPayment, Step.CancelOmsOrder)
        .From(Step.CancelShipment, "the carrier will not give it back", Step.BookShipment, Step.FollowShipment)
        .From(Step.RefundPayment, Undone, Step.CancelOmsOrder, Step.ReleasePoints, Step.Cancelled)
        .From(Step.VoidPayment, Undone, Step.CancelOmsOrder, Step.ReleasePoints, Step.Cancelled)
        .From(Step.VoidPayment, "somebody had taken the money by hand", Step.RefundPayment)
        .From(Step.CancelOmsOrder, Undone, Step.ReleasePoints, Step.Cancelled)
        .From(Step.CancelOmsOrder, Late, Step.RefundPayment, Step.VoidPayment)
        .From(Step.ReleasePoints, Undone, Step.Cancelled)
        .From(Step.ReleasePoints, Late, Step.RefundPayment, Step.VoidPayment, Step.CancelOmsOrder)
        .From(Step.RefundPayment, "it is undone, and did not arrive", Step.PayPartsBack)
        .From(Step.CancelOmsOrder, "it is undone, and a part is being paid back", Step.PayPartsBack)
        .From(Step.ReleasePoints, "it is undone, and a part is being paid back", Step.PayPartsBack)
        .From(Step.CancelModels, Undone, Step.Cancelled);
}
