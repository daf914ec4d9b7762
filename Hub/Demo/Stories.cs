using System.Text.Json.Nodes;
using static Dovetail.Hub.Demo.Orders;

namespace Dovetail.Hub.Demo;

/// <summary>One order of each kind.</summary>
static class Stories
{
    public static IReadOnlyList<Story> All { get; } =
    [
        new("In stock, paid in part with points", "completed", async story =>
        {
            await story.Place(Order(pointsToSpend: 240));
            await story.UntilItEnds();
            await story.Expect("yookassa", "taken 4000.00 once", books => Taken(books) == 4000m && books.Count == 1);
            await story.Expect("cdek", "delivered one shipment", books => books.Count == 1);
        }),
        new("Made to order, priced by manufacturing", "completed", async story =>
        {
            await story.Place(Order(line: Model()));
            await story.UntilHeardOf("model-pricing-started");
            await story.UntilItEnds();
            await story.Expect("mes", "computed one price", books => books.Count == 1);
            await story.Expect("yookassa", "taken the money once", books => Payments(books, "succeeded") == 1 && books.Count == 1);
        }),
        new("Out of stock: the customer takes a cheaper lamp", "completed", async story =>
        {
            await story.Place(Order(sku: "GONE-1"));
            await story.Decide(Substitute(2990));
            await story.UntilHeardOf("amended");
            await story.UntilItEnds();
            await story.Expect("yookassa", "taken 3740.00 of the 4240.00 that were held, and given the rest back", books => Taken(books) == 3740m && Payments(books, "succeeded") == 1 && books.Count == 1);
            await story.Expect("retailcrm", "one order with the other lamp", books => books.Count == 1 && books[0]!.ToJsonString().Contains("LAMP-8", StringComparison.Ordinal));
        }),
        new("Out of stock: the customer agrees to pay more", "completed", async story =>
        {
            await story.Place(Order(sku: "GONE-1"));
            await story.Decide(Substitute(3990, agreedTotal: 4740));
            await story.UntilHeardOf("amended");
            await story.UntilItEnds();
            await story.Expect("yookassa", "held 4740.00 anew and taken them, and released the first hold", books =>
                Taken(books) == 4740m && Payments(books, "succeeded") == 1 && Payments(books, "canceled") == 1 && books.Count == 2);
            await story.Expect("cdek", "delivered one shipment", books => books.Count == 1);
        }),
        new("Out of stock: nobody decides, the rest is delivered", "completed", async story =>
        {
            await story.Place(Order(sku: "GONE-1", pointsToSpend: 240));
            await story.UntilHeardOf("substitution-asked");
            await story.UntilHeardOf("amended");
            await story.UntilItEnds();
            await story.Expect("yookassa", "taken no more than the rest costs, of what was held", books => Taken(books) is > 0 and <= 750m && Payments(books, "succeeded") == 1 && books.Count == 1);
            await story.Expect("cdek", "delivered one shipment", books => books.Count == 1);
        }),
        new("Nothing there at all: everything is undone", "cancelled", async story =>
        {
            await story.Place(Order(sku: "GONE-1", pointsToSpend: 240, alone: true));
            await story.UntilItEnds();
            await story.Expect("yookassa", "released the hold", books => Payments(books, "canceled") == 1 && books.Count == 1);
            await story.Expect("cdek", "no shipment", books => books.Count == 0);
        }),
        new("The bank declines the card", "cancelled", async story =>
        {
            await story.Place(Order(pointsToSpend: 240, paymentMethod: "pm-declined"));
            await story.UntilItEnds();
            await story.Expect("yookassa", "held nothing", books => books.Count == Payments(books, "canceled"));
            await story.Expect("retailcrm", "never heard of the order", books => books.Count == 0);
        }),
        new("The customer cancels while the goods are picked", "cancelled", async story =>
        {
            await story.Place(Order());
            await story.UntilHeardOf("registered");
            await story.Shop.Cancel(story.OrderId, story.Cancellation);
            await story.UntilItEnds();
            // A machine in a hurry may have picked and paid before the cancellation came: then the money goes back.
            await story.Expect("yookassa", "released the hold or given back what was taken", books => books.Count == 1 && (Payments(books, "canceled") == 1 || (Taken(books) > 0 && Taken(books) == Refunded(books))));
        }),
        new("The carrier loses the parcel: the money goes back", "cancelled", async story =>
        {
            await story.Shop.Pull("cdek", "refuse", story.OrderId, story.Cancellation, reason: "lost");
            await story.Place(Order());
            await story.UntilHeardOf("paid");
            await story.UntilItEnds();
            await story.Expect("yookassa", "taken 4240.00 and given them back", books => Taken(books) == 4240m && Refunded(books) == 4240m && books.Count == 1);
        }),
        new("Support pays parts back, one after the end", "completed", async story =>
        {
            await story.Place(Order(pointsToSpend: 240));
            await story.UntilHeardOf("paid");
            await story.Shop.Refund(story.OrderId, 500, story.Cancellation);
            await story.UntilItEnds();
            await story.Shop.Refund(story.OrderId, 250.50m, story.Cancellation);
            await story.UntilPaidBack(2);
            await story.Expect("yookassa", "paid 750.50 back in two parts, each with its receipt", books =>
                books.Count == 1 && (decimal)books[0]!["refunded"]! == 750.50m && books[0]!["refunds"]!.AsArray().Count(refund => refund!["receipt"] is not null) == 2);
        }),
        new("A silent system, until support steps in", "completed", async story =>
        {
            await story.Shop.Pull("retailcrm", "silent", story.OrderId, story.Cancellation);
            await story.Place(Order());
            await story.UntilHeardOf("delayed");
            await story.UntilHeardOf("needs-attention");
            await story.Shop.Release(story.OrderId, story.Cancellation);
            await story.Shop.Resume(story.OrderId, story.Cancellation);
            await story.UntilItEnds();
            await story.Expect("retailcrm", "one order", books => books.Count == 1);
            await story.Expect("yookassa", "taken the money once", books => Payments(books, "succeeded") == 1 && books.Count == 1);
        }),
    ];

    static int Payments(JsonArray books, string status) => books.Count(payment => (string?)payment!["status"] == status);

    static decimal Taken(JsonArray books) => books.Sum(payment => (decimal)payment!["captured"]!);

    static decimal Refunded(JsonArray books) =>
        books.SelectMany(payment => payment!["refunds"]!.AsArray()).Where(refund => (string?)refund!["status"] == "succeeded").Sum(refund => (decimal)refund!["amount"]!);
}
