using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Dovetail.Endpoints.Sandbox;

namespace Dovetail.Endpoints.Tests.Sandbox;

[TestClass]
public sealed class StripeSandboxTests(TestContext test)
{
    const string Held = "amount=499000&currency=rub&capture_method=manual&confirm=true&payment_method=pm_card_visa&metadata[orderId]=A-1";

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_is_taken_in_part_and_paid_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var held = await Post(host, "payment_intents", "k-1", Held);
        Assert.AreEqual(("requires_capture", 499000L), (Text(held, "status"), (long)held.Body["amount_capturable"]!));

        var captured = await Post(host, $"payment_intents/{Text(held, "id")}/capture", "k-2", "amount_to_capture=400000&expand[]=latest_charge");
        Assert.AreEqual(("succeeded", 400000L), (Text(captured, "status"), (long)captured.Body["amount_received"]!));
        Assert.AreEqual(400000L, (long)captured.Body["latest_charge"]!["amount_captured"]!);

        var refund = $"payment_intent={Text(held, "id")}&amount=400000";
        Assert.AreEqual("succeeded", Text(await Post(host, "refunds", "k-3", refund), "status"));
        Assert.AreEqual("charge_already_refunded", Text(await Post(host, "refunds", "k-4", refund), "error", "code"));

        var ledger = (await host.Documents("stripe", "A-1", test.CancellationToken)).Single()!;
        Assert.AreEqual((4000m, 4000m), ((decimal)ledger["captured"]!, (decimal)ledger["refunded"]!));
        Assert.AreSequenceEqual(["k-1", "k-2", "k-3"], ledger["keys"]!.AsArray().Select(key => (string)key!));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_same_request_under_the_same_key_gets_the_same_answer_for_a_day_also_after_a_restart()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);

        var first = await Post(host, "payment_intents", "k-1", Held);
        await host.Restart(test.CancellationToken);
        clock.Advance(TimeSpan.FromHours(23));
        var second = await Post(host, "payment_intents", "k-1", string.Join('&', Held.Split('&').Reverse()));
        clock.Advance(TimeSpan.FromHours(2));
        var third = await Post(host, "payment_intents", "k-1", Held);

        Assert.AreEqual(first.Body.ToJsonString(), second.Body.ToJsonString());
        Assert.AreEqual((null, "true", null), (first.Replayed, second.Replayed, third.Replayed));
        Assert.AreNotEqual(Text(first, "id"), Text(third, "id"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("amount=1&currency=rub", DisplayName = "other parameters")]
    [DataRow(Held + "&description=two", DisplayName = "more parameters")]
    public async Task Another_request_under_the_same_key_is_refused(string form)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        await Post(host, "payment_intents", "k-1", Held);

        var other = await Post(host, "payment_intents", "k-1", form);

        Assert.AreEqual((HttpStatusCode.BadRequest, "idempotency_error"), (other.Status, Text(other, "error", "type")));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Faulty_requests_are_not_kept_under_their_key_and_declined_cards_are()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var faulty = await Post(host, "payment_intents", "k-1", "amount=many&currency=rub");
        var mended = await Post(host, "payment_intents", "k-1", Held);
        var declined = await Post(host, "payment_intents", "k-2", Held.Replace("pm_card_visa", "pm_card_visa_chargeDeclined", StringComparison.Ordinal));
        var again = await Post(host, "payment_intents", "k-2", Held.Replace("pm_card_visa", "pm_card_visa_chargeDeclined", StringComparison.Ordinal));

        Assert.AreEqual((HttpStatusCode.BadRequest, HttpStatusCode.OK), (faulty.Status, mended.Status));
        Assert.AreEqual((HttpStatusCode.PaymentRequired, "true"), (again.Status, again.Replayed));
        Assert.AreEqual("requires_payment_method", Text(declined, "error", "payment_intent", "status"));
        Assert.AreEqual(declined.Body.ToJsonString(), again.Body.ToJsonString());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_error_of_its_own_is_kept_under_the_key_too()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Pull(new("stripe", LeverEffect.Refuse, Times: 1, Reason: "api_error"));

        await Post(host, "payment_intents", "k-1", Held);
        var again = await Post(host, "payment_intents", "k-1", Held);

        Assert.AreEqual((HttpStatusCode.InternalServerError, "api_error", "true"), (again.Status, Text(again, "error", "type"), again.Replayed));
        Assert.IsEmpty(await host.Documents("stripe", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_card_that_wants_its_payer_waits_for_him_unless_he_is_away()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var form = Held.Replace("pm_card_visa", "pm_card_authenticationRequired", StringComparison.Ordinal);

        var waiting = await Post(host, "payment_intents", "k-1", form + "&return_url=https://shop.example/back");
        var away = await Post(host, "payment_intents", "k-2", form + "&off_session=true");

        Assert.AreEqual("requires_action", Text(waiting, "status"));
        Assert.AreEqual("https://shop.example/back", Text(waiting, "next_action", "redirect_to_url", "return_url"));
        Assert.AreEqual((HttpStatusCode.PaymentRequired, "authentication_required"), (away.Status, Text(away, "error", "code")));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hold_that_nobody_takes_ends_by_itself()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var held = await Post(host, "payment_intents", "k-1", Held);
        clock.Advance(TimeSpan.FromDays(8));

        var now = await Send(host, HttpMethod.Get, $"payment_intents/{Text(held, "id")}");
        var late = await Post(host, $"payment_intents/{Text(held, "id")}/capture", "k-2", "");

        Assert.AreEqual(("canceled", "automatic"), (Text(now, "status"), Text(now, "cancellation_reason")));
        Assert.AreEqual("payment_intent_unexpected_state", Text(late, "error", "code"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Payments_are_listed_by_time_and_page_and_found_by_metadata()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
        {
            ids.Insert(0, Text(await Post(host, "payment_intents", $"k-{n}", Held.Replace("A-1", $"A-{n}", StringComparison.Ordinal)), "id"));
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        var from = new DateTimeOffset(2026, 11, 21, 10, 1, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        var first = await Send(host, HttpMethod.Get, $"payment_intents?limit=2&created[gte]={from}");
        var second = await Send(host, HttpMethod.Get, $"payment_intents?limit=2&created[gte]={from}&starting_after={ids[1]}");
        var found = await Send(host, HttpMethod.Get, "payment_intents/search?query=" + Uri.EscapeDataString("metadata['orderId']:'A-3' AND status:'requires_capture'"));

        Assert.AreSequenceEqual(ids.Take(2), Ids(first));
        Assert.AreSequenceEqual(ids.Skip(2).Take(2), Ids(second));
        Assert.AreEqual((true, false), ((bool)first.Body["has_more"]!, (bool)second.Body["has_more"]!));
        Assert.AreEqual(ids[1], Assert.ContainsSingle(Ids(found)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("amount=499000", "parameter_missing", DisplayName = "no currency")]
    [DataRow("amount=49.90&currency=rub", "parameter_invalid_integer", DisplayName = "not the smallest unit")]
    [DataRow("amount=12345&currency=kwd", "parameter_invalid_integer", DisplayName = "a thousandth that no bank settles")]
    [DataRow("amount=1&currency=rub&card=4242", "parameter_unknown", DisplayName = "unknown parameter")]
    [DataRow("amount=1&currency=rub&confirm=true&payment_method=stolen", "resource_missing", DisplayName = "unknown method")]
    public async Task Faulty_requests_are_refused(string form, string code)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        var answer = await Post(host, "payment_intents", "k-1", form);

        Assert.AreEqual((HttpStatusCode.BadRequest, "invalid_request_error", code), (answer.Status, Text(answer, "error", "type"), Text(answer, "error", "code")));
        Assert.IsEmpty(await host.Documents("stripe", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_secret_key_comes_as_bearer_or_as_the_user_of_basic()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var basic = Convert.ToBase64String(Encoding.UTF8.GetBytes("sk_test_sandbox:"));

        Assert.AreEqual(HttpStatusCode.OK, (await Send(host, HttpMethod.Get, "payment_intents")).Status);
        Assert.AreEqual(HttpStatusCode.OK, (await Send(host, HttpMethod.Get, "payment_intents", authorization: $"Basic {basic}")).Status);
        Assert.AreEqual(HttpStatusCode.Unauthorized, (await Send(host, HttpMethod.Get, "payment_intents", authorization: "Bearer wrong")).Status);
    }

    Task<(HttpStatusCode Status, JsonNode Body, string? Replayed)> Post(SandboxHost host, string path, string key, string form) =>
        Send(host, HttpMethod.Post, path, key, form);

    async Task<(HttpStatusCode Status, JsonNode Body, string? Replayed)> Send(
        SandboxHost host, HttpMethod method, string path, string? key = null, string? form = null, string authorization = "Bearer sk_test_sandbox")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(method, new Uri(host.Address, "stripe/v1/" + path));
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        if (form is not null)
            request.Content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await http.SendAsync(request, test.CancellationToken);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync(test.CancellationToken))!;
        return (response.StatusCode, body, response.Headers.TryGetValues("Idempotent-Replayed", out var replayed) ? replayed.Single() : null);
    }

    static string Text((HttpStatusCode Status, JsonNode Body, string? Replayed) answer, params string[] path) =>
        (string)path.Aggregate(answer.Body, (node, name) => node[name]!)!;

    static IEnumerable<string> Ids((HttpStatusCode Status, JsonNode Body, string? Replayed) list) => list.Body["data"]!.AsArray().Select(item => (string)item!["id"]!);
}
