using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Pricing;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Tests.Shop;

namespace Dovetail.Endpoints.Tests.Pricing;

[TestClass]
public sealed class CartTests(TestContext test) : IAsyncDisposable
{
    VendorRole? _host;

    CancellationToken Cancellation => test.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        if (_host is not null) await _host.DisposeAsync();
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Goods_have_their_discounts_and_what_is_made_to_order_is_priced_later()
    {
        var shop = await Start();

        using var answer = await shop.PostAsJsonAsync("/v1/prices", Cart("VIP-1"), Cancellation);

        Assert.AreEqual(HttpStatusCode.OK, answer.StatusCode);
        var cart = await ShopHost.Json(answer, Cancellation);
        Assert.AreEqual("""{"amount":891.90,"currency":"RUB"}""", cart["total"]!.ToJsonString());
        Assert.AreEqual(891.90m, cart["mostPoints"]!.GetValue<decimal>());
        Assert.IsFalse(cart["complete"]!.GetValue<bool>());
        Assert.AreEqual(
            """{"lineId":"1","sku":"MUG-1","name":"Mug","quantity":2,"unitPrice":{"amount":495.50,"currency":"RUB"},"discount":{"amount":99.10,"currency":"RUB"},"total":{"amount":891.90,"currency":"RUB"},"pricedLater":false}""",
            cart["lines"]![0]!.ToJsonString());
        Assert.AreEqual(
            """{"lineId":"2","sku":"PRINT","name":"Printed part","quantity":1,"unitPrice":null,"discount":null,"total":null,"pricedLater":true}""",
            cart["lines"]![1]!.ToJsonString());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Nobody_is_asked_about_what_is_only_made_to_order()
    {
        var shop = await Start();
        _host!.Sandbox.Pull(new("mindbox", LeverEffect.FailBefore));
        var made = Cart("C-7");
        made["lines"]!.AsArray().RemoveAt(0);

        using var answer = await shop.PostAsJsonAsync("/v1/prices", made, Cancellation);

        var cart = await ShopHost.Json(answer, Cancellation);
        Assert.IsNull(cart["total"]);
        Assert.IsFalse(cart["complete"]!.GetValue<bool>());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task All_faults_are_named_at_once_each_with_its_place()
    {
        var shop = await Start();
        var faulty = Cart("C-7");
        faulty["lines"]![0]!["quantity"] = 0;
        faulty["lines"]!.AsArray().Add(JsonNode.Parse("""{ "sku": "CUP", "name": "Cup", "quantity": 1, "unitPrice": { "amount": 1, "currency": "EUR" } }"""));
        faulty["customer"]!["email"] = "anna@example.com";
        faulty["agreedTotal"] = 1;

        using var answer = await shop.PostAsJsonAsync("/v1/prices", faulty, Cancellation);

        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var pointers = (await ShopHost.Json(answer, Cancellation))["errors"]!.AsArray().Select(fault => fault!["pointer"]!.GetValue<string>());
        Assert.AreEqual("#/agreedTotal #/customer/email #/lines/0/quantity #/lines/2/unitPrice/currency", string.Join(' ', pointers.Order(StringComparer.Ordinal)));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow("[]", HttpStatusCode.BadRequest)]
    [DataRow("{ \"lines\": [], \"lines\": [] }", HttpStatusCode.BadRequest)]
    [DataRow("{}", HttpStatusCode.UnprocessableEntity)]
    public async Task What_is_no_cart_is_a_problem(string body, HttpStatusCode status)
    {
        var shop = await Start();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await shop.PostAsync("/v1/prices", content, Cancellation);
        Assert.AreEqual(status, answer.StatusCode);
        Assert.AreEqual("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_no_of_the_pricing_service_is_told_with_its_reason()
    {
        var shop = await Start();
        using var answer = await shop.PostAsJsonAsync("/v1/prices", Cart("BLOCKED-1"), Cancellation);
        Assert.AreEqual(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("the customer's discount card is blocked", (await ShopHost.Json(answer, Cancellation))["detail"]!.GetValue<string>());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(LeverEffect.FailBefore)]
    [DataRow(LeverEffect.Silent)]
    public async Task A_pricing_service_that_is_away_costs_the_page_a_moment_only(object effect)
    {
        var shop = await Start(("Pricing:Live:Timeout", "00:00:00.3"));
        _host!.Sandbox.Pull(new("mindbox", (LeverEffect)effect));
        using var answer = await shop.PostAsJsonAsync("/v1/prices", Cart("C-7"), Cancellation);
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.AreEqual(TimeSpan.FromSeconds(5), answer.Headers.RetryAfter?.Delta);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Is_for_shops_only()
    {
        await Start();
        Assert.AreEqual(HttpStatusCode.Forbidden, (await _host!.Role.Client("desk-1", "support").PostAsJsonAsync("/v1/prices", Cart("C-7"), Cancellation)).StatusCode);
        Assert.AreEqual(HttpStatusCode.Unauthorized, (await _host.Role.Client().PostAsJsonAsync("/v1/prices", Cart("C-7"), Cancellation)).StatusCode);
    }

    static JsonObject Cart(string customer) => new() { ["customer"] = new JsonObject { ["id"] = customer }, ["lines"] = ShopHost.Order()["lines"]!.DeepClone() };

    async Task<HttpClient> Start(params (string Key, string? Value)[] settings)
    {
        _host = await VendorRole.Start(PricingEndpoint.Name, PricingEndpoint.AddWebServices, PricingEndpoint.Map, Cancellation, settings);
        return _host.Shop;
    }
}
