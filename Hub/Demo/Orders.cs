using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Dovetail.Hub.Demo;

/// <summary>What shop and call centre of the demo send.</summary>
static class Orders
{
    /// <summary>A lamp for 3490 roubles and three bulbs for 750, or what is said instead of the lamp.</summary>
    public static JsonObject Order(JsonObject? line = null, string sku = "LAMP-7", decimal pointsToSpend = 0, string paymentMethod = "pm-anna-visa", bool alone = false) => new()
    {
        ["customer"] = new JsonObject
        {
            // A customer of one's own for each order: their points are counted apart.
            ["id"] = $"anna-{Guid.NewGuid():N}", ["name"] = "Anna Orlova", ["email"] = "anna@example.com", ["phone"] = "+79990000000", ["loyaltyCard"] = $"CARD-{Guid.NewGuid():N}",
        },
        ["destination"] = new JsonObject { ["countryCode"] = "RU", ["city"] = "Saint Petersburg", ["postalCode"] = "190000", ["address"] = "Nevsky prospekt 1, flat 2" },
        ["lines"] = alone ? new JsonArray(Stock(sku, "Desk lamp", 1, 3490)) : new JsonArray(line ?? Stock(sku, "Desk lamp", 1, 3490), line is null ? Stock("BULB-E27", "Light bulb", 3, 250) : Stock("BOX-1", "Gift box", 1, 150)),
        ["agreedTotal"] = Rub(line is null ? 4240 : 20_000),
        ["pointsToSpend"] = pointsToSpend,
        ["paymentMethod"] = paymentMethod,
    };

    public static JsonObject Model() => new()
    {
        ["sku"] = "RING-585",
        ["name"] = "Ring after your own drawing",
        ["quantity"] = 1,
        ["model"] = new JsonObject
        {
            ["url"] = "https://models.example/ring.stl", ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(Guid.NewGuid().ToByteArray())), ["material"] = "gold-585",
        },
    };

    /// <summary>Another lamp instead of the one in line 1.</summary>
    public static JsonObject Substitute(decimal unitPrice, decimal? agreedTotal = null)
    {
        var decision = new JsonObject
        {
            ["lines"] = new JsonArray(new JsonObject { ["lineId"] = "1", ["decision"] = "substitute", ["substitute"] = Stock("LAMP-8", "Floor lamp", 1, unitPrice) }),
        };
        if (agreedTotal is { } more) decision["agreedTotal"] = Rub(more);
        return decision;
    }

    static JsonObject Stock(string sku, string name, int quantity, decimal unitPrice) =>
        new() { ["sku"] = sku, ["name"] = name, ["quantity"] = quantity, ["unitPrice"] = Rub(unitPrice) };

    static JsonObject Rub(decimal amount) => new() { ["amount"] = amount, ["currency"] = "RUB" };
}
