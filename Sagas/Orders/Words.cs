using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;

namespace Dovetail.Sagas.Orders;

/// <summary>What people read about an order: who has it, what for, and what they can do.</summary>
static class Words
{
    public const string SupportDesk = "support desk";
    public const string SupportLead = "support lead";

    const string CallCentre = "Call centre";
    const string Manufacturing = "Manufacturing";
    public const string Payments = "Payments";
    const string Loyalty = "Loyalty";
    const string OrderManagement = "Order management";
    const string Delivery = "Delivery";

    /// <summary>The system that a step asks.</summary>
    public static string System(Step step) => step switch
    {
        Step.PriceModels or Step.CancelModels => Manufacturing,
        Step.PriceOrder or Step.RepriceOrder => "Pricing",
        Step.AskCallCentre => CallCentre,
        Step.ReturnPoints or Step.ReservePointsAnew or Step.ReservePoints or Step.ReleasePoints or Step.AccruePoints => Loyalty,
        Step.HoldAnew or Step.RenewHold or Step.ReleaseOldHold or Step.RefundOldHold or Step.HoldPayment or Step.CapturePayment or Step.VoidPayment or Step.RefundPayment or Step.PayPartsBack => Payments,
        Step.AmendOmsOrder or Step.RegisterOrder or Step.PickGoods or Step.CancelOmsOrder => OrderManagement,
        Step.BookShipment or Step.FollowShipment or Step.CancelShipment => Delivery,
        _ => "Dovetail",
    };

    /// <summary>Who acts next, and what for.</summary>
    public static (string Owner, string Waiting) Standing(OrderState order) => order switch
    {
        { Attention: { } task } => (task.Queue, Advice(order, task.Cause)),
        { Step: Step.FollowShipment, Shipment: ShipmentState.AtPickupPoint } => ("Customer", Waiting(order)),
        _ => (System(order.Step), Waiting(order)),
    };

    /// <summary>What happened to the order, and what the person can do.</summary>
    public static string Task(OrderState order, Attention task) => $"{task.What}. To do: {Advice(order, task.Cause)}.";

    public static string Silent(OrderState order) =>
        string.Create(CultureInfo.InvariantCulture, $"{System(order.Step)} was asked {order.Attempt} times to {Waiting(order)}, and has not answered");

    public static string Overdue(OrderState order) =>
        string.Create(CultureInfo.InvariantCulture, $"{System(order.Step)} was to {Waiting(order)} by {order.Limit:yyyy-MM-dd HH:mm:ss} UTC, and has not yet");

    public static string Refused(OrderState order, string reason) => $"{System(order.Step)} will not {Waiting(order)}: {Plain(reason)}";

    public static string TooOld(PlaceOrder order, TimeSpan memory) =>
        $"Order {order.OrderId} was placed at {order.PlacedAt:O}, and that an order has ended is remembered for {memory} only: this one may have run already, so it was not begun. " +
        "Nothing was done. Look at its journey; if it never ran, have it placed again under a new number.";

    public static string NotHeldAnew(string reason) => $"the hold on the card ended before the goods were ready, and the money could not be held anew: {Plain(reason)}";

    public static string Short(Money taken) => $"somebody took no more than {taken} by hand, which let the rest of the hold go";

    /// <summary>What the next one does for a refund.</summary>
    public static string RefundStanding(PartRefunds refunds) => refunds.Attention is { } task ? RefundAdvice(refunds, task.Cause) : PayBack(refunds);

    public static string RefundTask(PartRefunds refunds) => $"{refunds.Attention!.What}. To do: {RefundAdvice(refunds, refunds.Attention.Cause)}.";

    public static string RefundSilent(PartRefunds refunds) =>
        string.Create(CultureInfo.InvariantCulture, $"{Payments} was asked {refunds.Attempt} times to {PayBack(refunds)}, and has not answered");

    public static string RefundRefused(PartRefunds refunds, string reason) => $"{Payments} will not {PayBack(refunds)}: {Plain(reason)}";

    public static string CameBack(PartRefund refund) => $"{refund.Amount} that had been paid back did not arrive: {refund.Reason}";

    /// <summary>What was undone, for the order's history.</summary>
    public static string Undone(OrderState order) => order.Step switch
    {
        Step.CancelShipment => "the shipment was withdrawn",
        Step.RefundPayment => $"{order.Kept} was paid back",
        Step.RefundOldHold => $"{order.Spare!.Taken} was paid back",
        Step.ReleaseOldHold => $"the hold of {order.Spare!.Held} on the card was released",
        Step.VoidPayment => $"the hold of {order.Held} on the card was released",
        Step.CancelOmsOrder => "the order in order management was cancelled",
        _ => $"{Points(order)} points were given back",
    };

    public static string ModelUndone(string lineId) => $"the computation of a price for line {lineId} was stopped";

    public static string OutOfStock(IEnumerable<PricedLine> missing) => $"out of stock: {string.Join(", ", missing.Select(line => line.Name))}";

    public static string TooDear(Money total, Money agreed) => $"the price is {total}, and no more than {agreed} was agreed";

    /// <summary>Why people are asked.</summary>
    public static string Why(Amendment change) => change.Setback is null ? change.What : $"{change.What}; what was decided could not be done: {change.Setback}";

    public static string Question(Amendment change) => $"{Why(change)}. Ask the customer: for each missing line a substitute, or without it; or cancel the order.";

    /// <summary>A reason from elsewhere, to go on or to end a sentence with.</summary>
    public static string Plain(string reason) => string.IsNullOrWhiteSpace(reason) ? "no reason given" : reason.Trim().TrimEnd('.');

    static string PayBack(PartRefunds refunds) => $"pay {refunds.Open[0].Amount} back";

    static string RefundAdvice(PartRefunds refunds, AttentionCause cause) => cause == AttentionCause.Refusal && refunds.Open[0].IsRepeated
        ? $"ask the customer for another way to {PayBack(refunds)}, give it back by hand and resume the order as settled; or resume the order, and {Payments} is asked once more"
        : cause == AttentionCause.Refusal
        ? "find out why and have that mended, then resume the order: the refund is asked for again; if the money was given back by hand, resume it as settled"
        : $"look among the failed messages for those of this order, which say why {Payments} does not answer; when that is mended, retry them or resume the order; " +
            "if the money was given back by hand, resume it as settled";

    static string Advice(OrderState order, AttentionCause cause) => (cause, order.Step) switch
    {
        (AttentionCause.Refusal, Step.AccruePoints) =>
            "find out why and have that mended, then resume the order: the points are credited then; if they were credited by hand, resume it as settled",
        (AttentionCause.Refusal, Step.CapturePayment) =>
            $"have the customer pay what is still owed by another way, then resume the order as settled; or cancel it, and {order.Captured} is paid back",
        (AttentionCause.Refusal, _) =>
            "give the money back in the payment provider's account, then resume the order; if it went back by another way, resume it as settled",
        (AttentionCause.Overdue, _) => $"find out what keeps {System(order.Step)} from going on, then resume or cancel the order",
        (_, var step) =>
            $"look among the failed messages for those of this order, which say why {System(step)} does not answer; when that is mended, retry them or resume the order" +
            (Settling.IsPossible(step) ? "; if it was done by hand, resume it as settled" : ""),
    };

    static string Waiting(OrderState order) => order.Step switch
    {
        Step.PriceModels => "compute the price of what is made to order",
        Step.PriceOrder => "calculate what the order costs",
        Step.ReservePoints => string.Create(CultureInfo.InvariantCulture, $"set {order.PointsWanted:0.##} points aside"),
        Step.HoldPayment => $"hold {order.ToPay} on the customer's card",
        Step.RenewHold => $"hold {order.ToRenew} on the customer's card anew, before the earlier hold ends",
        Step.RegisterOrder => "take the order",
        Step.PickGoods => "pick and pack the goods",
        Step.AskCallCentre => "decide with the customer what comes in place of what is missing",
        Step.RepriceOrder => "calculate what the order costs with its new lines",
        Step.ReservePointsAnew => string.Create(CultureInfo.InvariantCulture, $"set {order.PointsWanted:0.##} points aside"),
        Step.HoldAnew => $"hold {order.ToPayOf(order.Amendment!.Total!)} on the customer's card",
        Step.AmendOmsOrder => "take the order's new lines",
        Step.CapturePayment => order.ToCapture < order.Held! ? $"take {order.ToCapture} of the {order.Held} held on the customer's card" : $"take the {order.Held} held on the customer's card",
        Step.BookShipment => "register the shipment with the carrier",
        Step.FollowShipment => order.Shipment switch
        {
            ShipmentState.AtPickupPoint => "collect the goods at the pick-up point",
            ShipmentState.Requested or ShipmentState.Booked => "have the carrier fetch the goods",
            _ => "bring the goods to the customer",
        },
        Step.AccruePoints => "credit the points earned",
        Step.CancelShipment => "withdraw the shipment",
        Step.RefundPayment => $"pay {order.Kept} back",
        Step.RefundOldHold => $"pay {order.Spare!.Taken} back",
        Step.ReleaseOldHold => $"release the hold of {order.Spare!.Held} on the customer's card",
        Step.VoidPayment => $"release the hold of {order.Held} on the customer's card",
        Step.CancelOmsOrder => "stop picking and put the goods back",
        Step.ReturnPoints or Step.ReleasePoints => $"give {Points(order)} points back",
        Step.CancelModels => "stop computing a price that nobody waits for",
        _ => "close the order",
    };

    static string Points(OrderState order) => order.PointsSetAside.ToString("0.##", CultureInfo.InvariantCulture);
}
