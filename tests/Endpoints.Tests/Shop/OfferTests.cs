using System.Net;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Notifications.Commands;
using Dovetail.Contracts.Orders.Commands;

namespace Dovetail.Endpoints.Tests.Shop;

/// <summary>A shop would like to tell the customer of an order what else there is.</summary>
[TestClass]
public sealed class OfferTests(TestContext test)
{
    const string Path = "/v1/orders/A-1/offers";

    static JsonObject Offer => new() { ["title"] = "Bulbs at half price", ["text"] = "Only this week!" };

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_offer_is_handed_on_once_and_the_shop_does_not_learn_what_the_customer_agreed_to()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var placed = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        var order = await shop.Received<PlaceOrder>(Cancellation);

        using var first = await shop.Post(Path, Offer, "key-1", Cancellation);
        using var again = await shop.Post(Path, Offer, "key-1", Cancellation);
        using var second = await shop.Post(Path, Offer, "key-2", Cancellation);

        Assert.AreEqual(HttpStatusCode.Accepted, first.StatusCode, await first.Content.ReadAsStringAsync(Cancellation));
        Assert.AreEqual(await first.Content.ReadAsStringAsync(Cancellation), await again.Content.ReadAsStringAsync(Cancellation));
        var answer = await ShopHost.Json(first, Cancellation);
        Assert.AreEqual(("A-1", "offer-taken-on"), ((string)answer["orderId"]!, (string)answer["status"]!));

        var told = await shop.Received<NotifyCustomer>(Cancellation);
        Assert.AreEqual((NotificationKind.Offer, $"A-1/letter-Offer/{answer["offerId"]}", "shop-1"), (told.Kind, told.NotificationId, told.Client));
        Assert.AreEqual((order.Customer, order.TrackingId), (told.Customer, told.TrackingId));
        Assert.AreEqual(("Bulbs at half price", "Only this week!"), (told.Details["title"], told.Details["text"]));
        Assert.AreNotEqual(told.NotificationId, (await shop.Received<NotifyCustomer>(Cancellation)).NotificationId);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_offer_has_a_title_and_a_text_and_goes_to_the_shops_own_customers_alone()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var placed = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);

        using var faulty = await shop.Post(Path, new JsonObject { ["title"] = "", ["colour"] = "red" }, "key-2", Cancellation);
        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, faulty.StatusCode);
        CollectionAssert.AreEquivalent(
            new[] { "#/title", "#/text", "#/colour" }, (await ShopHost.Json(faulty, Cancellation))["errors"]!.AsArray().Select(error => (string)error!["pointer"]!).ToArray());

        using var theirs = await shop.Post(Path, Offer, "key-3", Cancellation, shop.Role.Client("shop-2", "shop"));
        Assert.AreEqual(HttpStatusCode.NotFound, theirs.StatusCode);
        using var keyless = await shop.Post(Path, Offer, null, Cancellation);
        Assert.AreEqual(HttpStatusCode.BadRequest, keyless.StatusCode);
        using var desk = await shop.Post(Path, Offer, "key-4", Cancellation, shop.Role.Client("desk-9", "support"));
        Assert.AreEqual(HttpStatusCode.Forbidden, desk.StatusCode);
    }
}
