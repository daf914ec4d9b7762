using System.Text.Json.Serialization;
using Dovetail.Contracts;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using NServiceBus;

namespace Dovetail.Sagas.Orders;

/// <summary>All that is remembered of an order while it runs.</summary>
sealed class OrderState : ContainSagaData
{
    public string OrderId { get; set; } = "";

    /// <summary>As it was placed; lines made to order get their price here.</summary>
    public PlaceOrder Order { get; set; } = null!;

    /// <summary>How many facts have been published.</summary>
    public int Sequence { get; set; }

    // What the order waits for.
    public Step Step { get; set; }

    /// <summary>The number in the step's operation id: a refusal is for good, so asking after one is a new operation.</summary>
    public int Number { get; set; }

    /// <summary>How often the step's question was asked since it was last answered.</summary>
    public int Attempt { get; set; }

    /// <summary>A question is out and not answered; otherwise the order pauses before the next one, or waits for a person.</summary>
    public bool Awaiting { get; set; }

    /// <summary>When the saga acts if nobody has.</summary>
    public DateTimeOffset Deadline { get; set; }

    /// <summary>When a step must be through whose answer may be "still running".</summary>
    public DateTimeOffset? Limit { get; set; }

    /// <summary>When the alarm rings that was set last.</summary>
    public DateTimeOffset? AlarmAt { get; set; }

    public Attention? Attention { get; set; }

    /// <summary>Why the order is not to be fulfilled; null while it is.</summary>
    public string? Ending { get; set; }

    // What was done, and must be undone if the order ends.
    public List<ModelJob> Models { get; set; } = [];

    public IReadOnlyList<PricedLine>? Prices { get; set; }

    public Money? Total { get; set; }

    public Effect Points { get; set; }

    public decimal PointsSetAside { get; set; }

    public Effect Hold { get; set; }

    public string PaymentId { get; set; } = "";

    public Money? Held { get; set; }

    public Effect Capture { get; set; }

    public Money? Captured { get; set; }

    public Effect Oms { get; set; }

    public bool Picked { get; set; }

    public Effect Booking { get; set; }

    public string ShipmentId { get; set; } = "";

    public ShipmentState Shipment { get; set; }

    public DateTimeOffset ShipmentAt { get; set; }

    public string? TrackingNumber { get; set; }

    /// <summary>Order management and the customer have been told that the goods are on their way.</summary>
    public bool ShippingTold { get; set; }

    /// <summary>The carrier would not give the goods back, whatever it reports.</summary>
    public bool CarrierKeepsGoods { get; set; }

    public decimal? PointsEarned { get; set; }

    [JsonIgnore]
    public bool HasEnded => Step is Step.Completed or Step.Cancelled;

    [JsonIgnore]
    public bool SpendsPoints => Order.PointsToSpend > 0 && Order.Customer.LoyaltyCard is not null;

    [JsonIgnore]
    public decimal PointsWanted => Math.Min(Order.PointsToSpend, Total!.Amount);

    /// <summary>What is left to be paid in money.</summary>
    [JsonIgnore]
    public Money ToPay => (Total! with { Amount = Math.Max(0m, Total.Amount - PointsSetAside) }).Rounded();

    [JsonIgnore]
    public bool CarrierHasGoods =>
        CarrierKeepsGoods || Shipment is ShipmentState.InTransit or ShipmentState.AtPickupPoint or ShipmentState.OutForDelivery or ShipmentState.Delivered;

    public void Begin(PlaceOrder order)
    {
        (OrderId, Order) = (order.OrderId, order);
        Models = [.. order.Lines.Where(line => line is { Model: not null, UnitPrice: null }).Select(line => new ModelJob { LineId = line.LineId })];
    }

    public void SetPrice(string lineId, Money unitPrice) =>
        Order = Order with { Lines = [.. Order.Lines.Select(line => line.LineId == lineId ? line with { UnitPrice = unitPrice } : line)] };

    /// <summary>Of an order that has ended only that is kept, for a while: nothing of the customer or of what was bought.</summary>
    public void Close(DateTimeOffset until)
    {
        (Order, Models, Prices, Ending) = (null!, [], null, null);
        (Attention, Limit, Deadline) = (null, null, until);
    }
}

/// <summary>What the order waits for: first the way there, then the way back, in the order in which they are gone.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Step>))]
enum Step
{
    NotBegun,
    PriceModels,
    PriceOrder,
    ReservePoints,
    HoldPayment,
    RegisterOrder,
    PickGoods,
    CapturePayment,
    BookShipment,
    FollowShipment,
    AccruePoints,
    Completed,
    CancelShipment,
    RefundPayment,
    VoidPayment,
    CancelOmsOrder,
    ReleasePoints,
    CancelModels,
    Cancelled,
}

/// <summary>Something that was done elsewhere. What was undone is remembered, so that a late or doubled answer does not bring it back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Effect>))]
enum Effect
{
    None,
    Done,
    Undone,
}

/// <summary>A line made to order, while the manufacturing system computes its price.</summary>
sealed class ModelJob
{
    public string LineId { get; set; } = "";

    public JobState State { get; set; }

    public string JobId { get; set; } = "";

    /// <summary>A question about this line is out and not answered.</summary>
    public bool Asked { get; set; }
}

[JsonConverter(typeof(JsonStringEnumConverter<JobState>))]
enum JobState
{
    /// <summary>Asked for; whether it runs is not known yet.</summary>
    Requested,
    Running,
    Ended,
}

/// <summary>A task that a person has with this order.</summary>
/// <param name="What">What happened.</param>
sealed record Attention(string Queue, AttentionCause Cause, string What);

[JsonConverter(typeof(JsonStringEnumConverter<AttentionCause>))]
enum AttentionCause
{
    /// <summary>A system did not answer.</summary>
    Silence,

    /// <summary>A system answers, but is not ready by the limit of the whole wait.</summary>
    Overdue,

    /// <summary>A system will not do what must be done.</summary>
    Refusal,
}
