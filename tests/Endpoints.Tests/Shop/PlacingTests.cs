using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dovetail.Contracts;
using Dovetail.Contracts.Orders.Commands;

namespace Dovetail.Endpoints.Tests.Shop;

[TestClass]
public sealed class PlacingTests(TestContext test)
{
    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_order_is_stored_and_handed_on_before_it_is_accepted()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var answer = await shop.Place(ShopHost.Order("A-1001"), "\"key-1\"", Cancellation);

        Assert.AreEqual(HttpStatusCode.Accepted, answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        Assert.AreEqual("/v1/orders/A-1001", answer.Headers.Location?.OriginalString);
        var body = await ShopHost.Json(answer, Cancellation);
        Assert.AreEqual("A-1001", body["orderId"]!.GetValue<string>());
        Assert.AreEqual("accepted", body["status"]!.GetValue<string>());
        Assert.AreEqual("/v1/orders/A-1001/journey", body["journey"]!.GetValue<string>());
        Assert.MatchesRegex(new Regex("^/track/[A-Za-z0-9_-]{22}$"), body["trackingPage"]!.GetValue<string>());

        var command = await shop.Received<PlaceOrder>(Cancellation);
        Assert.AreEqual("shop-1", command.Client);
        Assert.AreEqual($"/track/{command.TrackingId}", body["trackingPage"]!.GetValue<string>());
        Assert.AreEqual(new Money(4990m, "RUB"), command.AgreedTotal);
        Assert.AreEqual(100m, command.PointsToSpend);
        Assert.AreEqual("CARD-1", command.Customer.LoyaltyCard);
        Assert.AreEqual("1", command.Lines[0].LineId);
        Assert.AreEqual(new Money(495.5m, "RUB"), command.Lines[0].UnitPrice);
        Assert.AreEqual("PLA", command.Lines[1].Model?.Material);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_order_without_a_number_gets_one_that_can_be_said_aloud()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var answer = await shop.Place(ShopHost.Order(), "key-1", Cancellation);
        var orderId = (await ShopHost.Json(answer, Cancellation))["orderId"]!.GetValue<string>();
        Assert.MatchesRegex(new Regex("^D-[0-9A-Z]{5}-[0-9A-Z]{5}$"), orderId);
        Assert.AreEqual(orderId, (await shop.Received<PlaceOrder>(Cancellation)).OrderId);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_number_is_used_once()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var first = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        using var second = await shop.Place(ShopHost.Order("A-1"), "key-2", Cancellation, shop.Role.Client("shop-2", "shop"));
        using var last = await shop.Place(ShopHost.Order("A-LAST"), "key-3", Cancellation);

        Assert.AreEqual(HttpStatusCode.Conflict, second.StatusCode);
        Assert.Contains("order A-1 already", (await ShopHost.Json(second, Cancellation))["detail"]!.GetValue<string>());
        Assert.HasCount(2, await shop.ReceivedUntil("A-LAST", Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_faulty_order_leaves_nothing_behind_and_names_all_its_faults()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        var order = ShopHost.Order("A-1");
        order["lines"]![0]!["quantity"] = 0;
        order["customer"]!.AsObject().Remove("email");
        using var answer = await shop.Place(order, "key-1", Cancellation);

        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var errors = (await ShopHost.Json(answer, Cancellation))["errors"]!.AsArray();
        CollectionAssert.AreEquivalent(new[] { "#/lines/0/quantity", "#/customer/email" }, errors.Select(error => error!["pointer"]!.GetValue<string>()).ToArray());

        using var mended = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.Accepted, mended.StatusCode, "The number and the key of a refused order are free.");
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_is_no_order_at_all_is_a_bad_request()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        foreach (var body in new[] { "", "{", "[]", "\"order\"", """{"orderId":"A-1","orderId":"A-2"}""" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/orders") { Content = new StringContent(body) };
            request.Headers.Add("Idempotency-Key", "key-1");
            using var answer = await shop.Client.SendAsync(request, Cancellation);
            Assert.AreEqual(HttpStatusCode.BadRequest, answer.StatusCode, body);
        }

        using var large = await shop.Place(JsonValue.Create(new string('x', 300_000)), "key-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task An_accepted_order_can_be_read_again_by_its_client_alone()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var placed = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);

        using var answer = await shop.Client.GetAsync("/v1/orders/A-1", Cancellation);
        var body = await ShopHost.Json(answer, Cancellation);
        Assert.AreEqual("C-7", body["customer"]!["id"]!.GetValue<string>());
        Assert.AreEqual("/v1/orders/A-1/journey", body["journey"]!.GetValue<string>());
        Assert.AreEqual(4990m, body["agreedTotal"]!["amount"]!.GetValue<decimal>());

        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/orders/A-1");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var unchanged = await shop.Client.SendAsync(again, Cancellation);
        Assert.AreEqual(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.AreEqual(answer.Headers.ETag, unchanged.Headers.ETag);

        using var stranger = await shop.Role.Client("shop-2", "shop").GetAsync("/v1/orders/A-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.NotFound, stranger.StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_client_pages_through_its_orders_newest_first()
    {
        var clock = new ManualClock(TimeProvider.System.GetUtcNow());
        await using var shop = await ShopHost.Start(Cancellation, clock);
        for (var number = 1; number <= 5; number++)
        {
            // Two of one instant: their order must be certain, too.
            if (number != 3) clock.Advance(TimeSpan.FromMilliseconds(1));
            using var placed = await shop.Place(ShopHost.Order($"A-{number}"), $"key-{number}", Cancellation);
            Assert.AreEqual(HttpStatusCode.Accepted, placed.StatusCode);
        }
        using var other = await shop.Place(ShopHost.Order("B-1"), "key-1", Cancellation, shop.Role.Client("shop-2", "shop"));

        var seen = new List<string>();
        for (var page = "/v1/orders?limit=2"; page is not null;)
        {
            using var answer = await shop.Client.GetAsync(page, Cancellation);
            seen.AddRange((await ShopHost.Json(answer, Cancellation))["items"]!.AsArray().Select(item => item!["orderId"]!.GetValue<string>()));
            page = answer.Headers.GetValues("Link").SelectMany(link => Regex.Matches(link, "<([^>]*)>; rel=\"next\"")).FirstOrDefault()?.Groups[1].Value;
        }
        CollectionAssert.AreEqual(new[] { "A-5", "A-4", "A-3", "A-2", "A-1" }, seen);

        foreach (var query in new[] { "limit=0", "limit=201", "limit=many", "cursor=nonsense", "cursor=%21" })
            Assert.AreEqual(HttpStatusCode.BadRequest, (await shop.Client.GetAsync($"/v1/orders?{query}", Cancellation)).StatusCode, query);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_client_cancels_its_own_order()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var placed = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        await shop.Received<PlaceOrder>(Cancellation);

        using var stranger = await shop.Post("/v1/orders/A-1/cancel", null, "key-1", Cancellation, shop.Role.Client("shop-2", "shop"));
        Assert.AreEqual(HttpStatusCode.NotFound, stranger.StatusCode);
        using var keyless = await shop.Post("/v1/orders/A-1/cancel", null, null, Cancellation);
        Assert.AreEqual(HttpStatusCode.BadRequest, keyless.StatusCode);
        using var misspelt = await shop.Post("/v1/orders/A-1/cancel", new JsonObject { ["raeson"] = "x" }, "key-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, misspelt.StatusCode);

        using var answer = await shop.Post("/v1/orders/A-1/cancel", new JsonObject { ["reason"] = "the customer changed their mind" }, "key-1", Cancellation);
        Assert.AreEqual(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.AreEqual("/v1/orders/A-1/journey", answer.Headers.Location?.OriginalString);
        Assert.AreEqual(new CancelOrder("A-1", "the customer changed their mind"), await shop.Received<CancelOrder>(Cancellation));

        using var plain = await shop.Post("/v1/orders/A-1/cancel", null, "key-2", Cancellation);
        Assert.AreEqual(new CancelOrder("A-1", "the shop asked for it"), await shop.Received<CancelOrder>(Cancellation));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_support_desk_has_any_order_go_on()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var placed = await shop.Place(ShopHost.Order("A-1"), "key-1", Cancellation);
        await shop.Received<PlaceOrder>(Cancellation);

        var desk = shop.Role.Client("desk-9", "support");
        Assert.AreEqual(HttpStatusCode.NotFound, (await shop.Post("/v1/orders/A-2/resume", null, null, Cancellation, desk)).StatusCode);
        Assert.AreEqual(HttpStatusCode.Accepted, (await shop.Post("/v1/orders/A-1/resume", null, null, Cancellation, desk)).StatusCode);
        Assert.AreEqual(new ResumeOrder("A-1", "desk-9"), await shop.Received<ResumeOrder>(Cancellation));
        Assert.AreEqual(HttpStatusCode.Accepted, (await shop.Post("/v1/orders/A-1/resume?settled=true", null, null, Cancellation, desk)).StatusCode);
        Assert.AreEqual(new ResumeOrder("A-1", "desk-9", Settled: true), await shop.Received<ResumeOrder>(Cancellation));
    }
}
