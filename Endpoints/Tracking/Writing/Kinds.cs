namespace Dovetail.Endpoints.Tracking.Writing;

/// <summary>The kinds of entries as clients see them: names for ever.</summary>
static class Kinds
{
    public const string Placed = "placed";
    public const string ModelPricingStarted = "model-pricing-started";
    public const string ModelPriced = "model-priced";
    public const string Priced = "priced";
    public const string PointsReserved = "points-reserved";
    public const string PaymentHeld = "payment-held";
    public const string HoldNotRenewed = "hold-not-renewed";
    public const string Registered = "registered";
    public const string SubstitutionAsked = "substitution-asked";
    public const string SubstitutionDecided = "substitution-decided";
    public const string PointsReleased = "points-released";
    public const string PaymentReleased = "payment-released";
    public const string Amended = "amended";
    public const string Picked = "picked";
    public const string Paid = "paid";
    public const string RefundAsked = "refund-asked";
    public const string PartRefunded = "part-refunded";
    public const string RefundRefused = "refund-refused";
    public const string RefundFailed = "refund-failed";
    public const string RefundRepeated = "refund-repeated";
    public const string ShipmentBooked = "shipment-booked";
    public const string OnItsWay = "on-its-way";
    public const string Delivered = "delivered";
    public const string Completed = "completed";
    public const string Cancelling = "cancelling";
    public const string StepUndone = "step-undone";
    public const string Cancelled = "cancelled";
    public const string CancellationRefused = "cancellation-refused";
    public const string Delayed = "delayed";
    public const string NeedsAttention = "needs-attention";
    public const string AttentionEnded = "attention-ended";
}
