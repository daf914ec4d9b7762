using System.Net;
using System.Net.Http.Json;
using Dovetail.Endpoints.Desk;
using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Identity;
using Dovetail.Endpoints.Notifications;
using Dovetail.Endpoints.Shop;
using Dovetail.Endpoints.Tracking;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests;

[TestClass]
public sealed class AccessTests(TestContext test)
{
    static readonly string[] Open =
        ["/health/live", "/health/ready", "/v1/openapi.json", "/track/{trackingId}", "/track/{trackingId}/events", "/track/assets/{file}"];

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Every_route_of_the_shop_asks_who_is_there()
    {
        await using var host = await Shop();
        AssertGuarded(host);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Every_route_of_tracking_asks_who_is_there_but_the_customers_page()
    {
        await using var host = await Tracking();
        AssertGuarded(host);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Every_route_of_the_desk_asks_who_is_there_and_is_for_support_alone()
    {
        await using var host = await RoleHost.Start(DeskEndpoint.Name, DeskEndpoint.Configure, DeskEndpoint.AddServices, DeskEndpoint.Map, test.CancellationToken);
        AssertGuarded(host);
        foreach (var path in new[] { "/v1/tasks", "/v1/tasks/A-1.task.1", "/v1/tasks/events", "/desk", "/desk/A-1.task.1", "/desk/assets/desk.js" })
            Assert.AreEqual(HttpStatusCode.Forbidden, await Get(host, path, "shop"), path);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Webhooks_come_through_the_gateway_only()
    {
        await using var host = await RoleHost.Start(HooksEndpoint.Name, HooksEndpoint.Configure, HooksEndpoint.AddServices, HooksEndpoint.Map, test.CancellationToken);
        AssertGuarded(host);
        foreach (var (http, status) in new[] { (host.Client(), HttpStatusCode.Unauthorized), (host.Client("shop-1", "shop"), HttpStatusCode.Forbidden), (host.Vendor("127.0.0.1"), HttpStatusCode.NotFound) })
        {
            using var answer = await http.PostAsync("/hooks/nobody", new StringContent("{}"), test.CancellationToken);
            Assert.AreEqual(status, answer.StatusCode);
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Every_route_of_the_customers_preferences_asks_who_is_there()
    {
        await using var role = await VendorRole.Start(NotificationsEndpoint.Name, NotificationsEndpoint.AddWebServices, NotificationsEndpoint.Map, test.CancellationToken);
        AssertGuarded(role.Role);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Who_is_not_vouched_for_by_the_gateway_stays_outside()
    {
        await using var host = await Shop();
        var soon = TimeProvider.System.GetUtcNow().AddMinutes(1);
        (string Why, string? Token)[] strangers =
        [
            ("no token", null),
            ("another key", RoleHost.Token("shop-1", ["shop"], key: "a key that somebody else made up for themselves")),
            ("another issuer", RoleHost.Token("shop-1", ["shop"], issuer: "somebody")),
            ("another audience", RoleHost.Token("shop-1", ["shop"], audience: "somebody")),
            ("expired", RoleHost.Token("shop-1", ["shop"], expires: soon.AddMinutes(-2))),
            ("unsigned", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJkb3ZldGFpbC1nYXRld2F5IiwiYXVkIjoiZG92ZXRhaWwiLCJzdWIiOiJzaG9wLTEiLCJyb2xlIjoic2hvcCIsImV4cCI6NDEwMjQ0NDgwMH0."),
        ];
        foreach (var (why, token) in strangers)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/orders");
            if (token is not null) request.Headers.Authorization = new("Bearer", token);
            using var answer = await host.Client().SendAsync(request, test.CancellationToken);
            Assert.AreEqual(HttpStatusCode.Unauthorized, answer.StatusCode, why);
        }

        using var anonymous = new HttpRequestMessage(HttpMethod.Get, "/v1/orders");
        anonymous.Headers.Authorization = new("Bearer", RoleHost.Token(client: null, ["shop"]));
        Assert.AreEqual(HttpStatusCode.Forbidden, (await host.Client().SendAsync(anonymous, test.CancellationToken)).StatusCode, "a token that names no client");
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Roles_open_their_own_routes_only()
    {
        await using var shop = await Shop();
        await using var tracking = await Tracking();
        Assert.AreEqual(HttpStatusCode.OK, await Get(shop, "/v1/orders", "shop"));
        Assert.AreEqual(HttpStatusCode.Forbidden, await Get(shop, "/v1/orders", "support"));
        Assert.AreEqual(HttpStatusCode.Forbidden, (await shop.Client("shop-1", "shop").PostAsync("/v1/orders/A-1/resume", null, test.CancellationToken)).StatusCode);
        Assert.AreEqual(HttpStatusCode.Forbidden, await Get(tracking, "/v1/attention", "shop"));
        Assert.AreEqual(HttpStatusCode.OK, await Get(tracking, "/v1/attention", "support"));
        Assert.AreEqual(HttpStatusCode.Forbidden, await Get(tracking, "/v1/orders/A-1/journey", "partner"));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Health_is_open_and_problems_are_problems()
    {
        await using var host = await Shop();
        Assert.AreEqual("Healthy", await host.Client().GetStringAsync("/health/live", test.CancellationToken));
        Assert.AreEqual("Healthy", await host.Client().GetStringAsync("/health/ready", test.CancellationToken));

        using var answer = await host.Client().GetAsync("/v1/orders", test.CancellationToken);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.AreEqual(401, (await answer.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonObject>(test.CancellationToken))!["status"]!.GetValue<int>());
    }

    [TestMethod]
    [DataRow(null, "is missing")]
    [DataRow("too short", "has 9 bytes")]
    public void A_signing_key_that_is_no_secret_stops_the_start(string? key, string fault)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Identity:SigningKey", key)]).Build();
        var failure = Assert.ThrowsExactly<OptionsValidationException>(() => new ServiceCollection().AddGatewayIdentity(configuration));
        Assert.Contains($"Identity:SigningKey {fault}", failure.Message);
    }

    Task<RoleHost> Shop() => RoleHost.Start(ShopEndpoint.Name, ShopEndpoint.Configure, ShopEndpoint.AddServices, ShopEndpoint.Map, test.CancellationToken);

    Task<RoleHost> Tracking() => RoleHost.Start(TrackingEndpoint.Name, TrackingEndpoint.Configure, TrackingEndpoint.AddServices, TrackingEndpoint.Map, test.CancellationToken);

    async Task<HttpStatusCode> Get(RoleHost host, string path, string role)
    {
        using var answer = await host.Client("client-1", role).GetAsync(path, test.CancellationToken);
        return answer.StatusCode;
    }

    static void AssertGuarded(RoleHost host)
    {
        var routes = ((IEndpointRouteBuilder)host.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        Assert.IsGreaterThan(2, routes.Count, "Too few routes were found, so the rule would hold for nothing.");
        foreach (var route in routes)
        {
            var path = "/" + route.RoutePattern.RawText!.Trim('/');
            if (route.Metadata.GetMetadata<IAllowAnonymous>() is not null)
                Assert.Contains(path, Open, $"{path} is open to everybody. Take AllowAnonymous away, or add it to the list here if that is meant.");
            else
                Assert.IsNotEmpty(route.Metadata.GetOrderedMetadata<IAuthorizeData>().Where(rule => rule.Policy is Access.Shop or Access.Support or Access.ShopOrSupport or Access.Vendor), $"{path} does not say who may come in. Call RequireAuthorization with one of the policies of Access.");
        }
    }
}
