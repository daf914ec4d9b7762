using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;

namespace Dovetail.Sagas.Tests;

/// <summary>Orders as a shop places them.</summary>
static class Samples
{
    public static readonly Customer Anna = new("C-1", "Anna", "anna@example.org", "+70000000001", LoyaltyCard: "CARD-1");

    static readonly OrderLine Lamp = new("1", "LAMP", "Desk lamp", 1, Rub(3990));
    static readonly OrderLine Bulbs = new("2", "BULB", "Bulb", 2, Rub(500));

    /// <summary>Goods from stock for 4990 roubles, for a customer without a card.</summary>
    public static PlaceOrder Plain { get; } = new(
        "A-1", "track-1", "shop-1", new(2026, 3, 2, 9, 0, 0, TimeSpan.Zero), Anna with { LoyaltyCard = null }, [Lamp, Bulbs],
        new("RU", "Saint Petersburg", "190000", "Nevsky 1"), Rub(5000), 0, "card-1");

    /// <summary>The same, with a card and 490 points to spend.</summary>
    public static PlaceOrder WithPoints { get; } = Plain with { Customer = Anna, PointsToSpend = 490 };

    /// <summary>Paid with points alone.</summary>
    public static PlaceOrder PointsOnly { get; } = Plain with { Customer = Anna, PointsToSpend = 9000 };

    /// <summary>Two lines to be made, one from stock, with points.</summary>
    public static PlaceOrder MadeToOrder { get; } = WithPoints with
    {
        Lines =
        [
            Lamp,
            new("3", "GEAR", "Gear", 2, Model: new("https://models.example.org/gear.stl", new string('a', 64), "PLA")),
            new("4", "AXLE", "Axle", 1, Model: new("https://models.example.org/axle.stl", new string('b', 64), "PLA")),
        ],
        AgreedTotal = Rub(6000),
    };

    public static IReadOnlyDictionary<string, PlaceOrder> All { get; } = new Dictionary<string, PlaceOrder>
    {
        [nameof(Plain)] = Plain,
        [nameof(WithPoints)] = WithPoints,
        [nameof(PointsOnly)] = PointsOnly,
        [nameof(MadeToOrder)] = MadeToOrder,
    };

    public static RefundPart Refund(decimal amount, string id = "r-1") => new("A-1", id, Rub(amount), "a scratch", "support-1", Anna, "track-1", "shop-1");

    public static Money Rub(decimal amount) => new(amount, "RUB");
}
