using System.Globalization;
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
    public PlacedOrder Order { get; set; } = null!;

    /// <summary>How many facts have been published.</summary>
    public int Sequence { get; set; }

    // What the order waits for.
    public Step Step { get; set; }

    /// <summary>The number in the step's operation id: a refusal is for good, so asking after one is a new operation.</summary>
    public int Number { get; set; }

    /// <summary>The last number of each operation that was answered.</summary>
    public Dictionary<string, int> Operations { get; set; } = [];

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

    /// <summary>What the order is to become; null while nothing is missing.</summary>
    public Amendment? Amendment { get; set; }

    /// <summary>The number of the last question to the call centre.</summary>
    public int Questions { get; set; }

    // What was done, and must be undone if the order ends.
    public List<ModelJob> Models { get; set; } = [];

    public IReadOnlyList<PricedLine>? Prices { get; set; }

    public Money? Total { get; set; }

    public Effect Points { get; set; }

    public decimal PointsSetAside { get; set; }

    /// <summary>What the loyalty programme calls the purchase, if not by the order's id.</summary>
    public string? Purchase { get; set; }

    public Effect Hold { get; set; }

    public string PaymentId { get; set; } = "";

    public Money? Held { get; set; }

    /// <summary>A second hold, or more than was to be taken of the only one: it is to go.</summary>
    public SpareHold? Spare { get; set; }

    /// <summary>When the provider lets the hold go by itself, if it says so.</summary>
    public DateTimeOffset? HoldUntil { get; set; }

    /// <summary>When the hold is renewed if the goods are still not ready; null where the provider does not say when it ends.</summary>
    public DateTimeOffset? RenewHoldAt { get; set; }

    /// <summary>The wait that is interrupted to renew the hold; null while none is.</summary>
    public Wait? Interrupted { get; set; }

    public Effect Capture { get; set; }

    public Money? Captured { get; set; }

    /// <summary>What support has had paid back of it; null while nothing.</summary>
    public PartRefunds? Refunds { get; set; }

    public Effect Oms { get; set; }

    public bool Picked { get; set; }

    /// <summary>Order management told of its own accord that picking is over, before its turn had come: it is asked as soon as that is so, and not after a pause.</summary>
    public bool PickingIsNews { get; set; }

    public Effect Booking { get; set; }

    public string ShipmentId { get; set; } = "";

    public ShipmentState Shipment { get; set; }

    public DateTimeOffset ShipmentAt { get; set; }

    public string? TrackingNumber { get; set; }

    /// <summary>Order management and the customer have been told that the goods are on their way.</summary>
    public bool ShippingTold { get; set; }

    /// <summary>The carrier would not give the goods back, whatever it reports.</summary>
    public bool CarrierKeepsGoods { get; set; }

    /// <summary>What points are earned with: what is paid back later does not change that.</summary>
    public Money? Earning { get; set; }

    public decimal? PointsEarned { get; set; }

    public void Begin(PlaceOrder order)
    {
        (OrderId, Order) = (order.OrderId, PlacedOrder.Of(order));
        Models = [.. order.Lines.Where(line => line is { Model: not null, UnitPrice: null }).Select(line => new ModelJob { LineId = line.LineId })];
    }

    public Money ToPayOf(Money total) => (total with { Amount = Math.Max(0m, total.Amount - PointsSetAside) }).Rounded();

    /// <summary>What the step asks for gets a number: a new one if it was asked for and answered before.</summary>
    public void BeginOperation()
    {
        Number = NextNumber(Step);
        if (Step == Step.ReservePointsAnew) Purchase = PurchaseOf(Number);
    }

    /// <summary>The step's question is answered: who asks for the same thing once more asks for another one.</summary>
    public void EndOperation()
    {
        Awaiting = false;
        if (Steps.OperationOf(Step) is { } operation) Operations[operation] = Number;
    }

    public void BeginAmendment(string what, IEnumerable<PricedLine> missing)
    {
        Amendment = new() { Number = ++Questions, What = what, Missing = [.. missing.Select(line => line.LineId)] };

        // Of an order that was placed before its operations were counted one of each has been asked for.
        foreach (var operation in new[] { Step.PriceOrder, Step.ReservePoints, Step.HoldPayment }) Operations.TryAdd(Steps.OperationOf(operation)!, 1);
    }

    /// <summary>The order becomes what was decided.</summary>
    public Amendment Amend()
    {
        var change = Amendment!;
        Order = Order with { Lines = change.Lines!, AgreedTotal = change.AgreedTotal! };
        (Prices, Total, Amendment) = (change.Prices, change.Total, null);
        return change;
    }

    /// <summary>Points are no longer set aside; the loyalty programme has cancelled the purchase, so what is set aside or credited from now on is another one.</summary>
    public void ReturnPoints()
    {
        (Points, PointsSetAside) = (Effect.Undone, 0);
        Purchase = PurchaseOf(NextNumber(Step.ReservePoints));
    }

    int NextNumber(Step step) => 1 + (Steps.OperationOf(step) is { } operation ? Operations.GetValueOrDefault(operation) : 0);

    /// <summary>No order can have it as its id: ids have no dots.</summary>
    string PurchaseOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{OrderId}.{number}");

    /// <summary>Money is held; what was held before is to go.</summary>
    public void SetHold(string paymentId, Money amount)
    {
        SetHoldAside();
        (Hold, PaymentId, Held) = (Effect.Done, paymentId, amount);
    }

    public void SetHoldAside()
    {
        if (Hold != Effect.Done || Spare is not null) return;
        (Spare, Hold, PaymentId) = (new(PaymentId, Held!), Effect.Undone, "");
    }

    /// <summary>Money is taken. Where somebody took too much by hand, the excess is to be paid back; of an order that is being cancelled everything is.</summary>
    public void SetCaptured(Money amount)
    {
        (Capture, Hold, Captured) = (Effect.Done, Effect.Undone, amount);
        if (Ending is not null || !(amount > this.ToCapture)) return;
        (Captured, Spare) = (this.ToCapture, new(PaymentId, amount, Taken: amount - this.ToCapture));
    }

    public void SetPrice(string lineId, Money unitPrice) =>
        Order = Order with { Lines = [.. Order.Lines.Select(line => line.LineId == lineId ? line with { UnitPrice = unitPrice } : line)] };

    /// <summary>Of an order that has ended only that is kept, for a while: nothing of the customer or of what was bought.</summary>
    public void Close(DateTimeOffset until)
    {
        (Order, Models, Prices, Ending) = (null!, [], null, null);
        (Amendment, Spare, Operations) = (null, null, []);
        (Attention, Limit, Deadline) = (null, null, until);
    }
}

/// <summary>Something that was done elsewhere. What was undone is remembered, so that a late or doubled answer does not bring it back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Effect>))]
enum Effect
{
    None,
    Done,
    Undone,
}
