using System.Text.Json.Nodes;

namespace Dovetail.Hub.Demo;

/// <summary>One order of each kind.</summary>
static class Stories
{
    public static IReadOnlyList<Story> All { get; } =
    [
        new("In stock, paid in part with points, delivered", "completed", async story =>
        {
            await story.Place(Order(pointsToSpend: 240));
            await story.UntilItEnds();
            await story.Expect("yookassa", "taken 4000.00 once", books => Payments(books, "succeeded") == 1 && books.Count == 1);
            await story.Expect("cdek", "delivered one shipment", books => books.Count == 1);
        }),
        new("Made to order, priced by manufacturing, delivered", "completed", async story =>
        {
            await story.Place(Order(line: Model()));
            await story.UntilHeardOf("model-pricing-started");
            await story.UntilItEnds();
            await story.Expect("mes", "computed one price", books => books.Count == 1);
            await story.Expect("yookassa", "taken the money once", books => Payments(books, "succeeded") == 1 && books.Count == 1);
        }),
        new("The bank declines the card", "cancelled", async story =>
        {
            await story.Place(Order(pointsToSpend: 240, paymentMethod: "pm-declined"));
            await story.UntilItEnds();
            await story.Expect("yookassa", "held nothing", books => books.Count == Payments(books, "canceled"));
            await story.Expect("retailcrm", "never heard of the order", books => books.Count == 0);
        }),
        new("One thing is gone, nobody decides what comes instead, and the rest is delivered", "completed", async story =>
        {
            await story.Place(Order(sku: "GONE-1", pointsToSpend: 240));
            await story.UntilHeardOf("substitution-asked");
            await story.UntilHeardOf("amended");
            await story.UntilItEnds();
            await story.Expect("yookassa", "taken no more than the rest costs, of what was held", books => Payments(books, "succeeded") == 1 && books.Count == 1);
            await story.Expect("cdek", "delivered one shipment", books => books.Count == 1);
        }),
        new("The goods are gone, nobody decides what comes instead, and everything is undone", "cancelled", async story =>
        {
            await story.Place(Order(sku: "GONE-1", pointsToSpend: 240, alone: true));
            await story.UntilItEnds();
            await story.Expect("yookassa", "released the hold", books => Payments(books, "canceled") == 1 && books.Count == 1);
            await story.Expect("cdek", "no shipment", books => books.Count == 0);
        }),
        new("The customer cancels while the goods are picked", "cancelled", async story =>
        {
            await story.Place(Order());
            await story.UntilHeardOf("registered");
            await story.Shop.Cancel(story.OrderId, story.Cancellation);
            await story.UntilItEnds();
            await story.Expect("yookassa", "released the hold", books => Payments(books, "canceled") == 1 && books.Count == 1);
        }),
        new("Order management is silent until support steps in", "completed", async story =>
        {
            await story.Shop.Pull("retailcrm", "silent", story.OrderId, story.Cancellation);
            await story.Place(Order());
            await story.UntilHeardOf("delayed");
            await story.UntilHeardOf("needs-attention");
            await story.Shop.ReleaseLevers(story.Cancellation);
            await story.Shop.Resume(story.OrderId, story.Cancellation);
            await story.UntilItEnds();
            await story.Expect("retailcrm", "one order", books => books.Count == 1);
            await story.Expect("yookassa", "taken the money once", books => Payments(books, "succeeded") == 1 && books.Count == 1);
        }),
    ];

    static JsonObject Order(JsonObject? line = null, string sku = "LAMP-7", decimal pointsToSpend = 0, string paymentMethod = "pm-anna-visa", bool alone = false) => new()
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

    static JsonObject Stock(string sku, string name, int quantity, decimal unitPrice) =>
        new() { ["sku"] = sku, ["name"] = name, ["quantity"] = quantity, ["unitPrice"] = Rub(unitPrice) };

    static JsonObject Model() => new()
    {
        ["sku"] = "RING-585",
        ["name"] = "Ring after your own drawing",
        ["quantity"] = 1,
        ["model"] = new JsonObject
        {
            ["url"] = "https://models.example/ring.stl", ["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Guid.NewGuid().ToByteArray())), ["material"] = "gold-585",
        },
    };

    static JsonObject Rub(decimal amount) => new() { ["amount"] = amount, ["currency"] = "RUB" };

    static int Payments(JsonArray books, string status) => books.Count(payment => (string?)payment!["status"] == status);
}
