using System.Globalization;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Events;

namespace Dovetail.Endpoints.Tracking.Writing;

/// <summary>What an event adds to an order's journey. Holds no personal data, whatever the event held.</summary>
/// <param name="Text">In words for the people of a shop.</param>
/// <param name="CustomerText">In words for the customer; null for what is no business of theirs.</param>
sealed record JourneyFact(string OrderId, Standing Standing, string Kind, string Text, string? CustomerText)
{
    /// <summary>Set by the first event alone.</summary>
    public (string Client, string TrackingId, DateTimeOffset At)? Placed { get; init; }

    /// <summary>What is to be paid, as far as it is known.</summary>
    public Money? Total { get; init; }

    /// <summary>Whose task the order has become, and why.</summary>
    public (string Queue, string Why)? Task { get; init; }

    /// <summary>Why the order ended without its goods.</summary>
    public string? CancelledBecause { get; init; }

    public static JourneyFact Of(object message) => message switch
    {
        OrderPlaced e => new(e.OrderId, e.Standing, Kinds.Placed,
            $"The order is placed: {Number(e.Lines.Count)} {(e.Lines.Count == 1 ? "line" : "lines")}, at most {e.AgreedTotal} to pay.", "We have received your order.")
        {
            Placed = (e.Client, e.TrackingId, e.PlacedAt), Total = e.AgreedTotal,
        },
        ModelPricingStarted e => new(e.OrderId, e.Standing, Kinds.ModelPricingStarted,
            $"Manufacturing computes the price of line {e.LineId}, which is made to order.", "Our workshop is working out the price of what is made for you."),
        ModelPriced e => new(e.OrderId, e.Standing, Kinds.ModelPriced,
            $"Line {e.LineId}, made to order, costs {e.UnitPrice} apiece.", $"What is made for you costs {e.UnitPrice} apiece."),
        OrderPriced e => new(e.OrderId, e.Standing, Kinds.Priced,
            $"The order costs {e.Total}.", $"Your order costs {e.Total}.")
        { Total = e.Total },
        OrderPointsReserved e => new(e.OrderId, e.Standing, Kinds.PointsReserved,
            $"Loyalty points set aside: {Number(e.Points)}.", $"Set aside of your loyalty points for this order: {Number(e.Points)}."),
        OrderPaymentHeld e => new(e.OrderId, e.Standing, Kinds.PaymentHeld,
            $"{e.Amount} are held on the customer's card.", $"{e.Amount} are held on your card. Nothing has been taken yet."),
        OrderHoldNotRenewed e => new(e.OrderId, e.Standing, Kinds.HoldNotRenewed,
            $"The hold ends at {Minute(e.Until)}, and the bank will not hold the money anew before: {Plain(e.Reason)}. It is asked once more then, and the order is cancelled if it declines.",
            $"The hold on your card ends at {Minute(e.Until)}. If your order is not ready by then, we will ask your bank to hold the money again."),
        OrderRegistered e => new(e.OrderId, e.Standing, Kinds.Registered,
            $"Order management has the order as {e.OmsNumber} and has its goods picked.", "Our warehouse has your order."),
        OrderSubstitutionAsked e => new(e.OrderId, e.Standing, Kinds.SubstitutionAsked,
            $"The call centre decides what the customer gets instead of {Names(e.Missing)}: {Plain(e.Why)}.",
            $"Not everything is there: {Names(e.Missing)}. We will ask you what you would like instead."),
        OrderSubstitutionDecided e => new(e.OrderId, e.Standing, Kinds.SubstitutionDecided,
            $"It is decided what the customer gets instead ({Plain(e.Decision)}).", "It is settled what you get instead; we are changing your order."),
        OrderPointsReleased e => new(e.OrderId, e.Standing, Kinds.PointsReleased,
            $"Loyalty points given back: {Number(e.Points)}.", $"Given back to your loyalty points: {Number(e.Points)}."),
        OrderPaymentReleased e => new(e.OrderId, e.Standing, Kinds.PaymentReleased,
            $"The hold of {e.Amount} on the customer's card was released.", $"The earlier hold of {e.Amount} on your card was released."),
        OrderAmended e => new(e.OrderId, e.Standing, Kinds.Amended,
            $"The order has changed to {Names(e.Lines)}, and costs {e.Total}.", $"Your order has changed to {Names(e.Lines)}, and costs {e.Total}.")
        { Total = e.Total },
        OrderPicked e => new(e.OrderId, e.Standing, Kinds.Picked,
            "All goods are picked and packed.", "Your order is packed."),
        OrderPaid e => new(e.OrderId, e.Standing, Kinds.Paid,
            $"{e.Amount} have been taken from the customer's card.", $"Your payment of {e.Amount} went through."),
        OrderShipmentBooked e => new(e.OrderId, e.Standing, Kinds.ShipmentBooked,
            $"The carrier has registered the shipment as {e.TrackingNumber}.", $"The carrier knows of your parcel. Its number is {e.TrackingNumber}."),
        OrderOnItsWay e => new(e.OrderId, e.Standing, Kinds.OnItsWay,
            $"The carrier says: {Plain(e.Where)}.", $"{Capital(Plain(e.Where))}."),
        OrderDelivered e => new(e.OrderId, e.Standing, Kinds.Delivered,
            "The customer has the goods.", "Your order has been delivered."),
        OrderCompleted e => new(e.OrderId, e.Standing, Kinds.Completed,
            e.PointsEarned > 0 ? $"Everything is done and settled. Loyalty points credited: {Number(e.PointsEarned)}." : "Everything is done and settled.",
            e.PointsEarned > 0 ? $"Loyalty points credited to you: {Number(e.PointsEarned)}." : null),
        OrderCancelling e => new(e.OrderId, e.Standing, Kinds.Cancelling,
            $"The order is being cancelled: {Plain(e.Reason)}. What was done for it is being undone.", $"Your order is being cancelled: {Plain(e.Reason)}."),
        OrderStepUndone e => new(e.OrderId, e.Standing, Kinds.StepUndone,
            $"Undone: {Plain(e.What)}.", $"{Capital(Plain(e.What))}."),
        OrderCancelled e => new(e.OrderId, e.Standing, Kinds.Cancelled,
            $"The order is cancelled and nothing of it remains: {Plain(e.Reason)}.", $"Your order is cancelled: {Plain(e.Reason)}.")
        { CancelledBecause = Plain(e.Reason) },
        OrderCancellationRefused e => new(e.OrderId, e.Standing, Kinds.CancellationRefused,
            $"It is too late to cancel, the order goes on: {Plain(e.Reason)}.", $"It is too late to cancel your order: {Plain(e.Reason)}."),
        OrderRefundAsked e => new(e.OrderId, e.Standing, Kinds.RefundAsked,
            $"{e.Amount} are to be paid back, as {e.By} wants it: {Plain(e.Reason)}.", $"{e.Amount} of what you paid are on their way back to you: {Plain(e.Reason)}."),
        OrderPartRefunded e => new(e.OrderId, e.Standing, Kinds.PartRefunded,
            $"{e.Amount} have been paid back; in parts {e.InAll} so far.", $"{e.Amount} have been paid back to you."),
        OrderRefundRefused e => new(e.OrderId, e.Standing, Kinds.RefundRefused,
            $"{e.Amount} are not paid back: {Plain(e.Reason)}.", null),
        OrderRefundFailed e => new(e.OrderId, e.Standing, Kinds.RefundFailed,
            $"{e.Amount} that had been paid back did not arrive: {Plain(e.Reason)}.", $"{e.Amount} that we paid back to you did not arrive: {Plain(e.Reason)}. One of our people is looking after it."),
        OrderRefundRepeated e => new(e.OrderId, e.Standing, Kinds.RefundRepeated,
            $"{e.Amount} that had not arrived have been paid back.", $"{e.Amount} that had not arrived have been paid back to you."),
        OrderDelayed e => new(e.OrderId, e.Standing, Kinds.Delayed,
            $"{e.System} did not answer in time and was asked again, for the {Ordinal(e.Attempt)} time.", null),
        OrderNeedsAttention e => new(e.OrderId, e.Standing, Kinds.NeedsAttention,
            $"A task for the {e.Queue}: {Plain(e.Why)}.", "This step takes longer than usual. One of our people is looking after it.")
        { Task = (e.Queue, Plain(e.Why)) },
        OrderAttentionEnded e => new(e.OrderId, e.Standing, Kinds.AttentionEnded,
            $"The order moves again: {Plain(e.How)}.", "Your order moves again."),
        _ => throw new InvalidOperationException(
            $"{message.GetType().Name} tells of an order, but its journey has no words for it. Add them to {nameof(JourneyFact)}.{nameof(Of)}, then retry the message from the error queue."),
    };

    static string Names(IReadOnlyList<PricedLine> lines) => string.Join(", ", lines.Select(line => line.Name));

    static string Minute(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    static string Number(decimal number) => number.ToString("0.##", CultureInfo.InvariantCulture);

    static string Ordinal(int number) => number.ToString(CultureInfo.InvariantCulture) + (number % 100 is 11 or 12 or 13 ? "th" : (number % 10) switch { 1 => "st", 2 => "nd", 3 => "rd", _ => "th" });

    /// <summary>A reason from elsewhere, to end a sentence of ours with.</summary>
    static string Plain(string reason) => reason.Trim().TrimEnd('.');

    static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
