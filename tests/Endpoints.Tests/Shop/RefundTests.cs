using System.Net;
using System.Text.Json.Nodes;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Payments;

namespace Dovetail.Endpoints.Tests.Shop;

/// <summary>The support desk has a part of the money paid back.</summary>
[TestClass]
public sealed class RefundTests(TestContext test)
{
    const string Path = "/v1/orders/A-1/refunds";

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_refund_is_handed_on_once_however_often_it_is_asked_for()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var placed = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        var order = await shop.Received<PlaceOrder>(Cancellation);
        var desk = shop.Role.Client("desk-9", "support");

        using var first = await shop.Post(Path, Refund(500, Line("Mug", 500)), "key-1", Cancellation, desk);
        using var again = await shop.Post(Path, Refund(500, Line("Mug", 500)), "key-1", Cancellation, desk);
        using var other = await shop.Post(Path, Refund(600), "key-1", Cancellation, desk);
        using var second = await shop.Post(Path, Refund(600), "key-2", Cancellation, desk);

        Assert.AreEqual(HttpStatusCode.Accepted, first.StatusCode, await first.Content.ReadAsStringAsync(Cancellation));
        Assert.AreEqual("/v1/orders/A-1/journey", first.Headers.Location?.OriginalString);
        Assert.AreEqual(await first.Content.ReadAsStringAsync(Cancellation), await again.Content.ReadAsStringAsync(Cancellation));
        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, other.StatusCode);

        var wish = await shop.Received<RefundPart>(Cancellation);
        Assert.AreEqual((new Money(500m, "RUB"), "a scratch", "desk-9"), (wish.Amount, wish.Reason, wish.By));
        Assert.AreEqual((order.Customer, order.TrackingId, "shop-1"), (wish.Customer, wish.TrackingId, wish.Client));
        Assert.AreEqual(new ReceiptLine("Mug", 1, new(500m, "RUB")), wish.Lines!.Single());
        Assert.AreEqual(wish.RefundId, (await ShopHost.Json(first, Cancellation))["refundId"]!.GetValue<string>());
        var next = await shop.Received<RefundPart>(Cancellation);
        Assert.IsNull(next.Lines);
        Assert.AreNotEqual(wish.RefundId, next.RefundId);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_can_not_be_a_refund_is_refused_with_all_its_faults()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var placed = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        var desk = shop.Role.Client("desk-9", "support");

        CollectionAssert.AreEquivalent(new[] { "#/amount", "#/reason" }, await Faults(shop, desk, new JsonObject()));
        CollectionAssert.AreEquivalent(new[] { "#/amount/amount" }, await Faults(shop, desk, Refund(0)));
        CollectionAssert.AreEquivalent(new[] { "#/amount/amount" }, await Faults(shop, desk, Refund(1.001m)));
        CollectionAssert.AreEquivalent(new[] { "#/amount/currency" }, await Faults(shop, desk, Refund(5, currency: "EUR")));
        CollectionAssert.AreEquivalent(new[] { "#/lines" }, await Faults(shop, desk, Refund(5, Line("Mug", 4))));
        CollectionAssert.AreEquivalent(new[] { "#/lines/0/name" }, await Faults(shop, desk, Refund(5, Line("", 5))));

        Assert.AreEqual(HttpStatusCode.BadRequest, (await shop.Post(Path, Refund(5), null, Cancellation, desk)).StatusCode);
        Assert.AreEqual(HttpStatusCode.NotFound, (await shop.Post("/v1/orders/A-9/refunds", Refund(5), "key-1", Cancellation, desk)).StatusCode);
        Assert.AreEqual(HttpStatusCode.Forbidden, (await shop.Post(Path, Refund(5), "key-1", Cancellation)).StatusCode);
    }

    async Task<string[]> Faults(ShopHost shop, HttpClient desk, JsonNode refund)
    {
        using var answer = await shop.Post(Path, refund, "key-1", Cancellation, desk);
        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        return [.. (await ShopHost.Json(answer, Cancellation))["errors"]!.AsArray().Select(error => error!["pointer"]!.GetValue<string>())];
    }

    static JsonObject Refund(decimal amount, JsonObject? line = null, string currency = "RUB")
    {
        var refund = new JsonObject { ["amount"] = Sum(amount, currency), ["reason"] = "a scratch" };
        if (line is not null) refund["lines"] = new JsonArray(line);
        return refund;
    }

    static JsonObject Line(string name, decimal amount) => new() { ["name"] = name, ["quantity"] = 1, ["amount"] = Sum(amount, "RUB") };

    static JsonObject Sum(decimal amount, string currency) => new() { ["amount"] = amount, ["currency"] = currency };
}
