using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Events;

namespace Dovetail.Endpoints.Tests.Tracking;

/// <summary>Events of an order, numbered as the saga numbers them.</summary>
sealed class History(string orderId)
{
    public const string Client = "shop-1";
    public static readonly DateTimeOffset Begin = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);
    static readonly PricedLine Mug = new("1", "MUG-1", "Mug", 2, new(495m, "RUB"), new(0m, "RUB"), new(990m, "RUB"));
    static readonly Money Total = new(4990m, "RUB");

    readonly List<object> _events = [];

    /// <summary>22 letters, as real ones have.</summary>
    public string TrackingId { get; } = $"{orderId}-".PadRight(22, 'x');

    public IReadOnlyList<object> Events => _events;

    /// <summary>Every event that there is, once. No order lives through all of them.</summary>
    public static History Of_everything(string orderId) => new History(orderId)
        .Placed()
        .Then(standing => new ModelPricingStarted(orderId, standing, "2"))
        .Then(standing => new ModelPriced(orderId, standing, "2", new(1200m, "RUB")))
        .Then(standing => new OrderPriced(orderId, standing, Total))
        .Then(standing => new OrderPointsReserved(orderId, standing, 100m))
        .Held()
        .Then(standing => new OrderHoldNotRenewed(orderId, standing, Begin.AddDays(7), "the card has expired"))
        .Then(standing => new OrderRegistered(orderId, standing, "1042"))
        .Then(standing => new OrderSubstitutionAsked(orderId, standing, $"{orderId}/task/1", [Mug], "out of stock: Mug"))
        .Then(standing => new OrderSubstitutionDecided(orderId, standing, $"{orderId}/task/1", "operator-1: Cup instead of Mug"))
        .Then(standing => new OrderPointsReleased(orderId, standing, 100m))
        .Then(standing => new OrderPaymentReleased(orderId, standing, Total))
        .Then(standing => new OrderAmended(orderId, standing, [Mug with { LineId = "3", Name = "Cup" }], Total))
        .Then(standing => new OrderPicked(orderId, standing))
        .Then(standing => new OrderPaid(orderId, standing, Total))
        .Then(standing => new OrderShipmentBooked(orderId, standing, "CDEK-77"))
        .Then(standing => new OrderOnItsWay(orderId, standing, "arrived in Omsk"))
        .Then(standing => new OrderCancellationRefused(orderId, standing, "the carrier has the goods"))
        .Then(standing => new OrderDelivered(orderId, standing))
        .Then(standing => new OrderRefundAsked(orderId, standing, "r-1", new(500m, "RUB"), "support-1", "a scratch"))
        .Then(standing => new OrderPartRefunded(orderId, standing, "r-1", new(500m, "RUB"), new(700m, "RUB")))
        .Then(standing => new OrderRefundRefused(orderId, standing, "r-2", new(9000m, "RUB"), "no more than 4490.00 RUB is left"))
        .Then(standing => new OrderRefundFailed(orderId, standing, new(250m, "RUB"), "the card or wallet was closed"))
        .Then(standing => new OrderRefundRepeated(orderId, standing, new(250m, "RUB")))
        .Then(standing => new OrderDelayed(orderId, standing, "Loyalty", 2))
        .Stuck()
        .Then(standing => new OrderAttentionEnded(orderId, standing, "Loyalty answered"))
        .Then(standing => new OrderCancelling(orderId, standing, "out of stock: Mug"))
        .Then(standing => new OrderStepUndone(orderId, standing, "the hold of 4990.00 RUB on the card was released"))
        .Then(standing => new OrderCancelled(orderId, standing, "out of stock: Mug"))
        .Completed();

    public History Placed() => Then(standing => new OrderPlaced(
        orderId, standing, TrackingId, Client, Begin, new("C-7", "Anna Petrova", "anna@example.com", "+79990000000", "CARD-1"),
        [new("1", "MUG-1", "Mug", 2, new(495m, "RUB")), new("2", "PRINT", "Part", 1, Model: new("https://files.example.com/part.stl", "aa", "PLA"))], new(5000m, "RUB")));

    public History Held() => Then(standing => new OrderPaymentHeld(orderId, standing, Total));

    public History Stuck(string queue = "support desk") => Then(standing => new OrderNeedsAttention(orderId, standing, queue, "Loyalty was asked 3 times and has not answered. To do: resume the order."));

    public History Completed() => Then(standing => new OrderCompleted(orderId, standing, 49m), ends: true);

    public History Cancelled(string reason) => Then(standing => new OrderCancelled(orderId, standing, reason), ends: true);

    public History Then(Func<Standing, object> fact, bool ends = false)
    {
        var sequence = _events.Count + 1;
        var at = Begin.AddMinutes(sequence);
        _events.Add(fact(ends ? new(sequence, at) : new(sequence, at, $"owner {sequence}", $"do thing {sequence}", at.AddMinutes(30))));
        return this;
    }
}
