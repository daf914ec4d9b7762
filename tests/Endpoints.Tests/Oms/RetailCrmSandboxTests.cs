using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Tests.Oms;

[TestClass]
public sealed class RetailCrmSandboxTests(TestContext test)
{
    const string Order =
        """{"externalId":"A-1","status":"send-to-assembling","items":[{"productName":"Ring","initialPrice":100,"discountManualAmount":10,"quantity":2}],"payments":[{"type":"cash","amount":180}]}""";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Orders_come_as_form_or_as_json_with_the_key_in_header_query_or_body()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        using var http = Client(host, key: false);
        using var form = Form(("site", "sandbox-shop"), ("apiKey", "sandbox-api-key"), ("order", Order));

        var first = await http.PostAsync("orders/create", form, test.CancellationToken);
        var second = await http.PostAsJsonAsync(
            "orders/create?apiKey=sandbox-api-key", new { site = "sandbox-shop", order = Order.Replace("A-1", "A-2", StringComparison.Ordinal) }, test.CancellationToken);
        var third = await http.GetAsync("orders/A-1", test.CancellationToken);

        Assert.AreEqual(HttpStatusCode.Created, first.StatusCode);
        Assert.AreEqual(HttpStatusCode.Created, second.StatusCode);
        Assert.AreEqual(HttpStatusCode.Forbidden, third.StatusCode);
        Assert.AreEqual("""{"success":false,"errorMsg":"Wrong \"apiKey\" value."}""", await third.Content.ReadAsStringAsync(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_external_id_is_taken_once_and_payments_are_read_by_id()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        using var http = Client(host);

        var created = await Send(http, "orders/create", "order", Order);
        var again = await Send(http, "orders/create", "order", Order);

        Assert.AreEqual(HttpStatusCode.BadRequest, again.Status);
        Assert.AreEqual("Order already exists.", (string)again.Body["errorMsg"]!);
        var order = created.Body["order"]!;
        Assert.AreEqual(180m, (decimal)order["totalSumm"]!);
        var (id, payment) = Assert.ContainsSingle(order["payments"]!.AsObject());
        Assert.AreEqual(id, $"{payment!["id"]}");
        Assert.AreEqual("not-paid", (string)payment["status"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_is_not_acceptable_is_refused_by_field()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        using var http = Client(host);

        Assert.Contains("'order' is missing", (string)(await Send(http, "orders/create", "order", "no json")).Body["errorMsg"]!);
        Assert.IsNotNull((await Send(http, "orders/create", "order", """{"status":"nowhere"}""")).Body["errors"]!["status"]);
        Assert.IsNotNull((await Send(http, "orders/create", "order", """{"items":[{}]}""")).Body["errors"]!["items"]);
        Assert.AreEqual(HttpStatusCode.NotFound, (await Send(http, "orders/A-1/edit", "order", """{"status":"new"}""")).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_history_counts_upwards_over_all_orders_and_survives_a_restart()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        using (var http = Client(host))
        {
            await Send(http, "orders/create", "order", Order);
            await Send(http, "orders/create", "order", Order.Replace("A-1", "A-2", StringComparison.Ordinal));
            clock.Advance(TimeSpan.FromSeconds(2));
            Assert.AreSequenceEqual([1, 2, 3, 4, 5, 6, 7, 8], await History(http, since: 0));
        }

        await host.Restart(test.CancellationToken);
        using (var http = Client(host))
        {
            await Send(http, "orders/A-1/edit", "order", """{"status":"cancel-other"}""");
            Assert.AreSequenceEqual([8, 9], await History(http, since: 7));
            Assert.AreEqual(HttpStatusCode.BadRequest, (await Send(http, "orders/create", "order", Order)).Status);
        }
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task More_requests_than_allowed_are_turned_away()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Sandbox:RetailCrm:RequestsPerSecond", "3"));
        using var http = Client(host);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.GetAsync("reference/statuses", test.CancellationToken)));

        Assert.IsTrue(answers.Any(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));
        Assert.IsTrue(answers.Any(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    async Task<IEnumerable<long>> History(HttpClient http, long since)
    {
        var answer = await http.GetFromJsonAsync<JsonObject>($"orders/history?filter[sinceId]={since}&limit=100", test.CancellationToken);
        return answer!["history"]!.AsArray().Select(change => (long)change!["id"]!);
    }

    async Task<(HttpStatusCode Status, JsonObject Body)> Send(HttpClient http, string path, string field, string entity)
    {
        using var form = Form(("site", "sandbox-shop"), (field, entity));
        using var answer = await http.PostAsync(path, form, test.CancellationToken);
        return (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!);
    }

    static FormUrlEncodedContent Form(params (string Field, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Field, field.Value)));

    static HttpClient Client(SandboxHost host, bool key = true)
    {
        var http = new HttpClient { BaseAddress = new(host.Address, "retailcrm/api/v5/") };
        if (key)
            http.DefaultRequestHeaders.Add("X-API-KEY", "sandbox-api-key");
        return http;
    }
}
