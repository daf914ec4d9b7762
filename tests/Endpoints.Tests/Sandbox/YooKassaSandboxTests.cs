using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class YooKassaSandboxTests(TestContext test)
{
    const string Held = """{"amount":{"value":"4990.00","currency":"RUB"},"capture":false,"payment_method_id":"pm-1","metadata":{"orderId":"A-1"}}""";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_is_taken_and_paid_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var held = await Send(host, "POST", "payments", "k-1", Held);
        Assert.AreEqual("waiting_for_capture", Text(held, "status"));
        Assert.AreEqual("4990.00", Text(held, "amount", "value"));
        Assert.IsNotNull(held.Body["expires_at"]);

        var captured = await Send(host, "POST", $"payments/{Text(held, "id")}/capture", "k-2", """{"amount":{"value":"4000.00","currency":"RUB"}}""");
        Assert.AreEqual("succeeded", Text(captured, "status"));
        Assert.AreEqual("4000.00", Text(captured, "amount", "value"));

        var refund = $$$"""{"payment_id":"{{{Text(held, "id")}}}","amount":{"value":"4000.00","currency":"RUB"}}""";
        Assert.AreEqual("succeeded", Text(await Send(host, "POST", "refunds", "k-3", refund), "status"));
        Assert.AreEqual(HttpStatusCode.BadRequest, (await Send(host, "POST", "refunds", "k-4", refund)).Status);

        var ledger = (await host.Documents("yookassa", "A-1", test.CancellationToken)).Single()!;
        Assert.AreEqual(4000m, (decimal)ledger["captured"]!);
        Assert.AreEqual(4000m, (decimal)ledger["refunded"]!);
        Assert.AreSequenceEqual(["k-1", "k-2", "k-3"], ledger["keys"]!.AsArray().Select(key => (string)key!));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_same_request_under_the_same_key_gets_the_same_answer_for_a_day_also_after_a_restart()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);

        var first = await Send(host, "POST", "payments", "k-1", Held);
        await host.Restart(test.CancellationToken);
        clock.Advance(TimeSpan.FromHours(23));
        var second = await Send(host, "POST", "payments", "k-1", Held);
        clock.Advance(TimeSpan.FromHours(2));
        var third = await Send(host, "POST", "payments", "k-1", Held);

        Assert.AreEqual(first.Body.ToJsonString(), second.Body.ToJsonString());
        Assert.AreNotEqual(Text(first, "id"), Text(third, "id"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Another_request_under_the_same_key_is_refused()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        await Send(host, "POST", "payments", "k-1", Held);

        var other = await Send(host, "POST", "payments", "k-1", Held.Replace("4990.00", "5000.00", StringComparison.Ordinal));

        Assert.AreEqual(HttpStatusCode.BadRequest, other.Status);
        Assert.AreEqual("invalid_request", Text(other, "code"));
        Assert.AreEqual("Idempotence key duplicated", Text(other, "description"));
        Assert.AreEqual("Idempotence-Key", Text(other, "parameter"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_that_nobody_takes_ends_by_itself()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var held = await Send(host, "POST", "payments", "k-1", Held);
        clock.Advance(TimeSpan.FromDays(8));

        var now = await Send(host, "GET", $"payments/{Text(held, "id")}");

        Assert.AreEqual("canceled", Text(now, "status"));
        Assert.AreEqual("expired_on_capture", Text(now, "cancellation_details", "reason"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Payments_are_listed_by_time_and_page()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
        {
            ids.Insert(0, Text(await Send(host, "POST", "payments", $"k-{n}", Held), "id"));
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        var first = await Send(host, "GET", "payments?limit=2&created_at.gte=2026-11-21T10:01:00Z");
        var second = await Send(host, "GET", $"payments?limit=2&created_at.gte=2026-11-21T10:01:00Z&cursor={Text(first, "next_cursor")}");

        Assert.AreSequenceEqual(ids.Take(2), Ids(first));
        Assert.AreSequenceEqual(ids.Skip(2).Take(2), Ids(second));
        Assert.IsNull(second.Body["next_cursor"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("POST", "payments", null, Held, HttpStatusCode.BadRequest, DisplayName = "no key")]
    [DataRow("POST", "payments", "k-1", """{"amount":{"value":"4990","currency":"RUB"},"payment_method_id":"pm-1"}""", HttpStatusCode.BadRequest, DisplayName = "no decimals")]
    [DataRow("POST", "payments", "k-1", """{"amount":{"value":"4990.00","currency":"RUB"},"payment_method_id":"stolen"}""", HttpStatusCode.BadRequest, DisplayName = "unknown method")]
    [DataRow("POST", "payments", "k-1", "not json", HttpStatusCode.BadRequest, DisplayName = "not json")]
    [DataRow("GET", "payments/unknown", null, null, HttpStatusCode.NotFound, DisplayName = "unknown payment")]
    public async Task Faulty_requests_are_refused(string method, string path, string? key, string? body, HttpStatusCode expected)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var answer = await Send(host, method, path, key, body);

        Assert.AreEqual(expected, answer.Status);
        Assert.AreEqual("error", Text(answer, "type"));
        Assert.IsEmpty(await host.Documents("yookassa", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_credentials_are_refused()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var answer = await Send(host, "GET", "payments", secret: "wrong");

        Assert.AreEqual(HttpStatusCode.Unauthorized, answer.Status);
        Assert.AreEqual("invalid_credentials", Text(answer, "code"));
    }

    async Task<(HttpStatusCode Status, JsonNode Body)> Send(
        SandboxHost host, string method, string path, string? key = null, string? body = null, string secret = "sandbox-secret")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(host.Address, "yookassa/v3/" + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"sandbox-shop:{secret}")));
        if (key is not null)
            request.Headers.Add("Idempotence-Key", key);
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request, test.CancellationToken);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(test.CancellationToken))!);
    }

    static string Text((HttpStatusCode Status, JsonNode Body) answer, params string[] path) =>
        (string)path.Aggregate(answer.Body, (node, name) => node[name]!)!;

    static IEnumerable<string> Ids((HttpStatusCode Status, JsonNode Body) list) => list.Body["items"]!.AsArray().Select(item => (string)item!["id"]!);
}
