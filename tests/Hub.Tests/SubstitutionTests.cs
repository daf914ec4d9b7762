using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests;

/// <summary>Goods are missing, and people decide at the desk: over HTTP, through the gateway, to the books of the stand-ins.</summary>
[TestClass]
public sealed class SubstitutionTests(TestContext test)
{
    static HubUnderTest? Started { get; set; }

    static HubUnderTest Hub => Started!;

    /// <summary>People have all the time they need: what happens when they let it pass is told by the stories.</summary>
    [ClassInitialize]
    public static async Task Start(TestContext context) => Started = await HubUnderTest.Start(
        context.CancellationToken, ("TaskDeadlines:Remind", "00:05:00"), ("TaskDeadlines:Escalate", "00:10:00"), ("TaskDeadlines:Limit", "00:20:00"));

    [ClassCleanup]
    public static async Task Stop() => await Hub.DisposeAsync();

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Something_cheaper_is_paid_out_of_the_same_hold_and_the_rest_goes_back()
    {
        var story = await OutOfStock("CHEAP-1");
        await story.Decide(Orders.Substitute(2990));
        var journey = await story.UntilItEnds();

        Assert.AreEqual("completed", journey.Status);
        var payment = Assert.ContainsSingle(await Hub.Shop.Ledger("yookassa", "CHEAP-1", test.CancellationToken))!;
        Assert.AreEqual((4240m, 3740m, "succeeded"), ((decimal)payment["amount"]!, (decimal)payment["captured"]!, (string)payment["status"]!));
        Assert.AreEqual("3740.00 RUB", await Total("CHEAP-1"));
        CollectionAssert.IsSubsetOf(new[] { "substitution-asked", "substitution-decided", "amended", "picked", "paid", "completed" }, journey.Entries.Select(entry => entry.Kind).ToList());
        Assert.AreEqual("GONE-1* BULB-E27 LAMP-8", await Picked("CHEAP-1"));
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Something_dearer_is_held_anew_with_the_customers_word_and_paid_once()
    {
        var story = await OutOfStock("DEAR-1");
        var task = await TaskOf("DEAR-1");
        using (var refused = await Post($"{task}/answer", Orders.Substitute(3990)))
        {
            Assert.AreEqual(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
            Assert.AreEqual("#/agreedTotal", (string)(await refused.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["errors"]![0]!["pointer"]!);
        }

        await story.Decide(Orders.Substitute(3990, agreedTotal: 4740));
        Assert.AreEqual("completed", (await story.UntilItEnds()).Status);

        var payments = await Hub.Shop.Ledger("yookassa", "DEAR-1", test.CancellationToken);
        Assert.AreEqual("4240 canceled 0, 4740 succeeded 4740", string.Join(", ", payments.Select(payment => $"{(decimal)payment!["amount"]!:0} {payment["status"]} {(decimal)payment["captured"]!:0}").Order()));
        Assert.AreEqual("4740.00 RUB", await Total("DEAR-1"));
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task A_line_that_is_dropped_is_not_paid_for()
    {
        var story = await OutOfStock("DROP-1");
        await story.Decide(JsonNode.Parse("""{ "lines": [ { "lineId": "1", "decision": "drop" } ] }""")!.AsObject());
        Assert.AreEqual("completed", (await story.UntilItEnds()).Status);

        var payment = Assert.ContainsSingle(await Hub.Shop.Ledger("yookassa", "DROP-1", test.CancellationToken))!;
        Assert.AreEqual(750m, (decimal)payment["captured"]!);
        Assert.AreEqual("GONE-1* BULB-E27", await Picked("DROP-1"));
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task An_order_that_the_operator_cancels_is_undone_and_says_why()
    {
        var story = await OutOfStock("NONE-1");
        await story.Decide(new JsonObject { ["cancelReason"] = "without the lamp the bulbs are no use" });
        var journey = await story.UntilItEnds();

        Assert.AreEqual("cancelled", journey.Status);
        StringAssert.Contains(journey.Entries[^1].Text, "without the lamp the bulbs are no use", StringComparison.Ordinal);
        var payment = Assert.ContainsSingle(await Hub.Shop.Ledger("yookassa", "NONE-1", test.CancellationToken))!;
        Assert.AreEqual(("canceled", 0m), ((string)payment["status"]!, (decimal)payment["captured"]!));
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Of_twenty_operators_who_claim_a_task_at_once_one_has_it()
    {
        var story = await OutOfStock("RACE-1");
        var task = await TaskOf("RACE-1");
        var operators = await Hub.Operators(20, test.CancellationToken);
        try
        {
            var answers = await Task.WhenAll(operators.Select(client => Post($"{task}/claim", null, client)));

            var winner = Assert.ContainsSingle(answers.Where(answer => answer.StatusCode == HttpStatusCode.OK));
            Assert.HasCount(19, answers.Where(answer => answer.StatusCode == HttpStatusCode.Conflict));
            var name = (string)(await winner.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["claimedBy"]!;
            foreach (var loser in answers.Where(answer => answer != winner))
                StringAssert.StartsWith((string)(await loser.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["detail"]!, $"{char.ToUpperInvariant(name[0])}{name[1..]} has the task", StringComparison.Ordinal);
        }
        finally
        {
            foreach (var client in operators) client.Dispose();
        }

        // An order that its customer cancels asks nobody any more.
        await Hub.Shop.Cancel("RACE-1", test.CancellationToken);
        Assert.AreEqual("cancelled", (await story.UntilItEnds()).Status);
        while ((string?)(await Hub.Support.GetFromJsonAsync<JsonObject>($"v1/tasks/{task}", test.CancellationToken))!["outcome"] != "closed")
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, test.CancellationToken);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_desk_is_a_page_behind_the_sign_in()
    {
        using var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Hub.Gateway, DefaultRequestHeaders = { { "Accept", "text/html" } } };
        using var stranger = await browser.GetAsync(new Uri("desk", UriKind.Relative), test.CancellationToken);
        Assert.AreEqual((HttpStatusCode.Redirect, "/signin?returnUrl=%2Fdesk"), (stranger.StatusCode, stranger.Headers.Location!.ToString()));

        StringAssert.Contains(await Hub.Support.GetStringAsync(new Uri("desk", UriKind.Relative), test.CancellationToken), "<title>Tasks", StringComparison.Ordinal);
    }

    /// <summary>An order for a lamp and bulbs, whose lamp was found missing.</summary>
    async Task<Telling> OutOfStock(string orderId)
    {
        var story = new Telling(Hub.Shop, orderId, _ => { }, test.CancellationToken);
        await story.Place(Orders.Order(sku: "GONE-1"));
        await story.UntilHeardOf("substitution-asked");
        return story;
    }

    async Task<string> TaskOf(string orderId)
    {
        while (true)
        {
            if (await Hub.Shop.Desk.Find(orderId, test.CancellationToken) is { } task) return (string)task["taskId"]!;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, test.CancellationToken);
        }
    }

    async Task<string> Total(string orderId)
    {
        var total = (await Hub.Client.GetFromJsonAsync<JsonObject>($"v1/orders/{orderId}/journey", test.CancellationToken))!["total"]!;
        return $"{(decimal)total["amount"]!:0.00} {total["currency"]}";
    }

    /// <summary>The articles that order management has for the order; a star marks what was cancelled.</summary>
    async Task<string> Picked(string orderId)
    {
        var order = Assert.ContainsSingle(await Hub.Shop.Ledger("retailcrm", orderId, test.CancellationToken))!;
        return string.Join(' ', order["members"]!["items"]!.AsArray().Select(item =>
            $"{item!["offer"]!["externalId"]}" + ((bool?)item["isCanceled"] == true ? "*" : "")));
    }

    async Task<HttpResponseMessage> Post(string path, JsonObject? body, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/tasks/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", $"\"{Guid.NewGuid()}\"");
        return await (client ?? Hub.Support).SendAsync(request, test.CancellationToken);
    }
}
