using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Contracts.Tasks;
using Dovetail.Endpoints.Loyalty;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Pricing;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Tests.Desk;
using Dovetail.Endpoints.Tests.Shop;
using Dovetail.Endpoints.Tests.Tracking;
using Microsoft.AspNetCore.Routing;

namespace Dovetail.Endpoints.Tests;

/// <summary>The OpenAPI document of the orders API, against what the roles behind it serve.</summary>
[TestClass]
public sealed class ApiDocumentTests(TestContext test)
{
    static readonly string Path = System.IO.Path.Combine(AppContext.BaseDirectory, "orders.openapi.json");

    readonly List<Exchange> _exchanges = [];

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Is_served_to_anybody_and_only_once_to_who_has_it()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        using var answer = await shop.Role.Client().GetAsync("/v1/openapi.json", Cancellation);
        Assert.AreEqual(await File.ReadAllTextAsync(Path, Cancellation), await answer.Content.ReadAsStringAsync(Cancellation));

        using var again = new HttpRequestMessage(HttpMethod.Get, "/v1/openapi.json");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        Assert.AreEqual(HttpStatusCode.NotModified, (await shop.Role.Client().SendAsync(again, Cancellation)).StatusCode);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Knows_every_operation_of_the_roles_and_no_other()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        await using var tracking = await TrackingHost.Start(Cancellation);
        await using var desk = await DeskHost.Start(Cancellation);
        await using var loyalty = await Loyalty();
        await using var pricing = await Pricing();
        await using var notifications = await Notifications();
        var served =
            from role in new[] { shop.Role, tracking.Role, desk.Role, loyalty.Role, pricing.Role, notifications.Role }
            from route in ((IEndpointRouteBuilder)role.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            where route.RoutePattern.RawText!.StartsWith("/v1/", StringComparison.Ordinal)
            from method in route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
            select $"{method} {route.RoutePattern.RawText!.TrimEnd('/')}";
        var described =
            from path in JsonNode.Parse(await File.ReadAllTextAsync(Path, Cancellation))!["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            select $"{operation.Key.ToUpperInvariant()} {path.Key}";

        Assert.AreEqual(string.Join('\n', served.Order(StringComparer.Ordinal)), string.Join('\n', described.Order(StringComparer.Ordinal)));
    }

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Is_sound_and_fits_what_is_sent_and_answered()
    {
        await using var shop = await ShopHost.Start(Cancellation);
        var support = shop.Role.Client("desk-9", "support");
        var faulty = ShopHost.Order("A-2");
        faulty["lines"]![0]!["quantity"] = 0;
        await Send(shop.Client, "POST", "/v1/orders", body: JsonNode.Parse(await File.ReadAllTextAsync(System.IO.Path.Combine(AppContext.BaseDirectory, "first-order.json"), Cancellation)));
        await Send(shop.Client, "POST", "/v1/orders", body: ShopHost.Order("A-1"));
        await Send(shop.Client, "POST", "/v1/orders", body: ShopHost.Order("A-1"));
        await Send(shop.Client, "POST", "/v1/orders", body: faulty);
        await Send(shop.Client, "POST", "/v1/orders", body: JsonNode.Parse("[]"));
        await Send(shop.Client, "GET", "/v1/orders", query: "?limit=1");
        await Send(shop.Client, "GET", "/v1/orders", query: "?limit=0");
        await Send(shop.Client, "GET", "/v1/orders/{id}");
        await Send(shop.Client, "GET", "/v1/orders/{id}", id: "A-9");
        await Send(shop.Client, "POST", "/v1/orders/{id}/cancel", body: new JsonObject { ["reason"] = "ordered twice" });
        await Send(shop.Client, "POST", "/v1/orders/{id}/cancel", body: new JsonObject { ["reason"] = 1 });
        var offer = new JsonObject { ["title"] = "Bulbs at half price", ["text"] = "Only this week!" };
        await Send(shop.Client, "POST", "/v1/orders/{id}/offers", body: offer);
        await Send(shop.Client, "POST", "/v1/orders/{id}/offers", body: new JsonObject { ["title"] = 1 });
        await Send(shop.Client, "POST", "/v1/orders/{id}/resume");
        await Send(support, "POST", "/v1/orders/{id}/resume", query: "?settled=true");
        var refund = new JsonObject { ["amount"] = new JsonObject { ["amount"] = 500, ["currency"] = "RUB" }, ["reason"] = "a scratch" };
        await Send(support, "POST", "/v1/orders/{id}/refunds", body: refund.DeepClone());
        refund["lines"] = new JsonArray(new JsonObject { ["name"] = "Mug", ["quantity"] = 1, ["amount"] = new JsonObject { ["amount"] = 500, ["currency"] = "RUB" } });
        await Send(support, "POST", "/v1/orders/{id}/refunds", body: refund.DeepClone());
        refund["lines"]![0]!["quantity"] = 0;
        await Send(support, "POST", "/v1/orders/{id}/refunds", body: refund);
        await Send(shop.Client, "POST", "/v1/orders/{id}/refunds", body: refund.DeepClone());
        await Send(shop.Role.Client(), "GET", "/v1/openapi.json");

        await using var tracking = await TrackingHost.Start(Cancellation);
        await tracking.Arrive(new History("A-1").Placed().Held().Stuck(), "A-1", Cancellation);
        await tracking.Arrive(new History("A-3").Placed().Then(standing => new OrderCancelled("A-3", new(standing.Sequence, standing.At), "the customer asked for it")), "A-3", Cancellation);
        await Send(tracking.Client, "GET", "/v1/orders/{id}/journey");
        await Send(tracking.Client, "GET", "/v1/orders/{id}/journey", id: "A-3");
        await Send(tracking.Client, "GET", "/v1/orders/{id}/journey", id: "A-9");
        await Send(tracking.Client, "GET", "/v1/orders/{id}/journey/events", id: "A-3");
        await Send(tracking.Client, "GET", "/v1/attention");
        await Send(tracking.Desk, "GET", "/v1/attention");
        await Send(tracking.Desk, "GET", "/v1/attention", query: "?limit=0");

        await using var desk = await DeskHost.Start(Cancellation, settings: ("Desk:Patience", "00:00:00"));
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"));
        await Send(desk.Olga, "GET", "/v1/tasks");
        await Send(desk.Olga, "GET", "/v1/tasks", query: "?state=lost");
        await Send(desk.Olga, "GET", "/v1/tasks/{id}", id: DeskHost.Id);
        await Send(desk.Olga, "GET", "/v1/tasks/{id}", id: "A-9");
        await Send(desk.Olga, "POST", "/v1/tasks/{id}/claim", id: DeskHost.Id);
        await Send(desk.Ivan, "POST", "/v1/tasks/{id}/claim", id: DeskHost.Id);
        await Send(desk.Olga, "POST", "/v1/tasks/{id}/answer", body: DeskHost.Substitute(2990), id: DeskHost.Id);
        await Send(desk.Olga, "POST", "/v1/tasks/{id}/answer", body: DeskHost.Substitute(2990, quantity: 0), id: DeskHost.Id);
        await Send(desk.Olga, "POST", "/v1/tasks/{id}/answer", body: new JsonObject { ["cancelReason"] = "nothing is left of it" }, id: DeskHost.Id);
        await desk.Arrive(Cancellation, DeskHost.Opened(), DeskHost.Claimed(2, "olga"), DeskHost.Ended(3, TaskOutcome.Answered, "olga decided", "olga"));
        await Send(desk.Ivan, "POST", "/v1/tasks/{id}/release", id: DeskHost.Id);
        await Send(desk.Role.Client("shop-1", "shop"), "GET", "/v1/tasks");
        await desk.Publish(Cancellation, DeskHost.Call() with { TaskId = "A-2/task/1", OrderId = "A-2" }, DeskHost.Claimed(2, "olga") with { TaskId = "A-2/task/1", OrderId = "A-2" });
        while ((await desk.Find(Cancellation, "A-2.task.1"))?["contact"] is null) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        await Send(desk.Olga, "GET", "/v1/tasks/{id}", id: "A-2.task.1");
        await Send(desk.Olga, "POST", "/v1/tasks/{id}/answer", body: new JsonObject { ["reached"] = false }, id: "A-2.task.1");

        await using var loyalty = await Loyalty();
        await Send(loyalty.Shop, "GET", "/v1/loyalty/{card}", card: "CARD-1");
        await Send(loyalty.Shop, "GET", "/v1/loyalty/{card}", card: "CARD-BLOCKED");
        await Send(loyalty.Shop, "GET", "/v1/loyalty/{card}", card: "nobody");
        loyalty.Sandbox.Pull(new("loymax", LeverEffect.FailBefore));
        await Send(loyalty.Shop, "GET", "/v1/loyalty/{card}", card: "CARD-2");

        await using var pricing = await Pricing();
        var cart = new JsonObject { ["customer"] = new JsonObject { ["id"] = "VIP-1" }, ["lines"] = ShopHost.Order()["lines"]!.DeepClone() };
        var faultyCart = cart.DeepClone();
        faultyCart["lines"]![0]!["quantity"] = 0;
        await Send(pricing.Shop, "POST", "/v1/prices", body: cart);
        await Send(pricing.Shop, "POST", "/v1/prices", body: faultyCart);
        await Send(pricing.Shop, "POST", "/v1/prices", body: JsonNode.Parse("[]"));

        const string Preferences = "/v1/customers/{id}/notifications";
        await using var notifications = await Notifications();
        var wish = JsonNode.Parse("""
            { "channel": "telegram", "language": "ru", "quietHours": { "from": "22:00", "to": "08:00", "timeZone": "Europe/Moscow" },
              "marketing": { "agrees": true, "source": "checkout" } }
            """)!;
        await Send(notifications.Shop, "GET", Preferences, id: "C-1");
        await Send(notifications.Shop, "PUT", Preferences, id: "C-1", body: wish);
        await Send(notifications.Shop, "PUT", Preferences, id: "C-1", body: new JsonObject { ["channel"] = "pigeon" });
        await Send(notifications.Shop, "PUT", Preferences, id: "C-1", body: JsonNode.Parse("[]"));
        await Send(notifications.Shop, "POST", $"{Preferences}/telegram", id: "C-1");
        await Send(notifications.Shop, "DELETE", $"{Preferences}/telegram", id: "C-1");

        CollectionAssert.AreEqual(
            new[] { 202, 202, 409, 422, 400, 200, 400, 200, 404, 202, 422, 202, 422, 403, 202, 202, 202, 422, 403, 200, 200, 200, 404, 200, 403, 200, 400, 200, 400, 200, 404, 200, 202, 202, 422, 202, 409, 403, 200, 202, 200, 200, 404, 503, 200, 422, 400, 200, 200, 422, 400, 201, 204 }, _exchanges.ConvertAll(exchange => exchange.Status));
        await NpmScript.Passes("orders.mjs", Cancellation, ("DOCUMENT", Path), ("EXCHANGES", JsonSerializer.Serialize(_exchanges)));
    }

    Task<VendorRole> Loyalty() => VendorRole.Start(LoyaltyEndpoint.Name, LoyaltyEndpoint.AddWebServices, LoyaltyEndpoint.Map, Cancellation);

    Task<VendorRole> Notifications() => VendorRole.Start(NotificationsEndpoint.Name, NotificationsEndpoint.AddWebServices, NotificationsEndpoint.Map, Cancellation);

    Task<VendorRole> Pricing() => VendorRole.Start(PricingEndpoint.Name, PricingEndpoint.AddWebServices, PricingEndpoint.Map, Cancellation);

    async Task Send(HttpClient client, string method, string path, JsonNode? body = null, string id = "A-1", string query = "", string card = "")
    {
        using var request = new HttpRequestMessage(new(method), path.Replace("{id}", id, StringComparison.Ordinal).Replace("{card}", card, StringComparison.Ordinal) + query);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        request.Headers.Add("Idempotency-Key", $"key-{_exchanges.Count}");
        using var answer = await client.SendAsync(request, Cancellation);
        var type = answer.Content.Headers.ContentType?.MediaType;
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        _exchanges.Add(new(method, path, (int)answer.StatusCode, type, body?.DeepClone(), type?.EndsWith("json", StringComparison.Ordinal) is true ? JsonNode.Parse(text) : null));
    }

    sealed record Exchange(string Method, string Path, int Status, string? Type, JsonNode? Sent, JsonNode? Answer);
}
