using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Tests.Delivery;

[TestClass]
public sealed class CdekSandboxTests(TestContext test)
{
    const string Order =
        """
        {"number":"A-1","tariff_code":137,"shipment_point":"MSK67","to_location":{"city":"Novosibirsk","address":"Lenina 1"},
         "recipient":{"name":"Anna Orlova","phones":[{"number":"+79990000000"}]},
         "packages":[{"number":"1","weight":300,"items":[{"name":"Ring","ware_key":"R","payment":{"value":0},"cost":1,"weight":300,"amount":1}]}]}
        """;

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Answers_have_exactly_the_content_type_application_json()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        using var http = await Client(host);

        using var answer = await http.GetAsync($"orders/{Guid.NewGuid()}", test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.AreEqual("application/json", answer.Content.Headers.ContentType!.ToString());
        var body = await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken);
        Assert.AreEqual("v2_entity_not_found", (string)body!["requests"]![0]!["errors"]![0]!["code"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Without_a_valid_token_nothing_is_said_and_tokens_expire()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock, ("Sandbox:Cdek:TokenLifetime", "00:10:00"));
        using var http = await Client(host);
        Assert.AreEqual(HttpStatusCode.OK, (await http.GetAsync("location/cities", test.CancellationToken)).StatusCode);

        clock.Advance(TimeSpan.FromMinutes(10));

        Assert.AreEqual(HttpStatusCode.Unauthorized, (await http.GetAsync("location/cities", test.CancellationToken)).StatusCode);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_is_taken_first_and_registered_later()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        using var http = await Client(host);

        var taken = await Post(http, Order);
        Assert.AreEqual(HttpStatusCode.Accepted, taken.Status);
        Assert.AreEqual("ACCEPTED", (string)taken.Body["requests"]![0]!["state"]!);
        var uuid = (string)taken.Body["entity"]!["uuid"]!;
        Assert.IsNull((await Get(http, uuid))["entity"]!["cdek_number"]);

        clock.Advance(TimeSpan.FromSeconds(0.5));
        var registered = await Get(http, uuid);
        Assert.AreEqual("SUCCESSFUL", (string)registered["requests"]![0]!["state"]!);
        Assert.IsNotNull(registered["entity"]!["cdek_number"]);
        Assert.AreEqual("2026-11-21T10:00:00+0000", (string)registered["entity"]!["statuses"]![0]!["date_time"]!);
        Assert.AreEqual("CREATED", (string)registered["entity"]!["statuses"]![0]!["code"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_number_is_free_again_when_its_shipment_is_deleted_also_after_a_restart()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        string first;
        using (var http = await Client(host))
        {
            first = (string)(await Post(http, Order)).Body["entity"]!["uuid"]!;
            var second = (string)(await Post(http, Order)).Body["entity"]!["uuid"]!;
            clock.Advance(TimeSpan.FromSeconds(0.6));
            Assert.AreEqual(
                "error_validate_im_dep_number_has_already_had_integration", (string)(await Get(http, second))["requests"]![0]!["errors"]![0]!["code"]!);
        }

        await host.Restart(test.CancellationToken);
        using (var http = await Client(host))
        {
            Assert.AreEqual(first, (string)(await http.GetFromJsonAsync<JsonObject>("orders?im_number=A-1", test.CancellationToken))!["entity"]!["uuid"]!);
            Assert.AreEqual(HttpStatusCode.Accepted, (await http.DeleteAsync($"orders/{first}", test.CancellationToken)).StatusCode);
            Assert.AreEqual(HttpStatusCode.BadRequest, (await http.DeleteAsync($"orders/{first}", test.CancellationToken)).StatusCode);

            var third = (string)(await Post(http, Order)).Body["entity"]!["uuid"]!;
            clock.Advance(TimeSpan.FromSeconds(0.6));
            Assert.AreEqual("SUCCESSFUL", (string)(await Get(http, third))["requests"]![0]!["state"]!);
            Assert.AreEqual("REMOVED", (string)(await Get(http, first))["entity"]!["statuses"]![0]!["code"]!);
        }
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_shipment_that_moves_can_not_be_deleted()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        using var http = await Client(host);
        var uuid = (string)(await Post(http, Order)).Body["entity"]!["uuid"]!;

        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.AreEqual(HttpStatusCode.BadRequest, (await http.DeleteAsync($"orders/{uuid}", test.CancellationToken)).StatusCode);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.AreEqual("Novosibirsk", (string)(await Get(http, uuid))["entity"]!["statuses"]![0]!["city"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_is_incomplete_or_contradicts_itself_is_refused_at_once()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        using var http = await Client(host);

        foreach (var (from, to, code) in new[]
        {
            ("\"tariff_code\":137,", "", "v2_field_is_empty"),
            ("\"shipment_point\":\"MSK67\"", "\"from_location\":{},\"shipment_point\":\"MSK67\"", "v2_shipment_address_multivalued"),
            ("\"to_location\"", "\"delivery_point\":\"SPB2\",\"to_location\"", "v2_delivery_address_multivalued"),
            ("\"amount\":1", "\"amount\":1000", "v2_invalid_value_type"),
            ("{\"number\"", "[", "v2_bad_request"),
        })
        {
            var (status, body) = await Post(http, Order.Replace(from, to, StringComparison.Ordinal));
            Assert.AreEqual(HttpStatusCode.BadRequest, status);
            Assert.AreEqual(code, (string)body["requests"]![0]!["errors"]![0]!["code"]!);
        }
    }

    async Task<(HttpStatusCode Status, JsonObject Body)> Post(HttpClient http, string order)
    {
        using var answer = await http.PostAsync("orders", new StringContent(order, MediaTypeHeaderValue.Parse("application/json")), test.CancellationToken);
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!);
    }

    async Task<JsonObject> Get(HttpClient http, string uuid) => (await http.GetFromJsonAsync<JsonObject>($"orders/{uuid}", test.CancellationToken))!;

    /// <summary>Asks for the token as the vendor's own clients do, with a query that nobody needs.</summary>
    async Task<HttpClient> Client(SandboxHost host)
    {
        var http = new HttpClient { BaseAddress = new(host.Address, "cdek/v2/") };
        using var credentials = new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("client_id", "sandbox-account"), new("client_secret", "sandbox-secret")]);
        using var answer = await http.PostAsync("oauth/token?parameters", credentials, test.CancellationToken);
        var grant = await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken);
        http.DefaultRequestHeaders.Authorization = new("Bearer", (string)grant!["access_token"]!);
        return http;
    }
}
