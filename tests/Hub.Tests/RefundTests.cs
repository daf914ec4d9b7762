using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests;

/// <summary>Support has parts of the money paid back: over HTTP, through the gateway, to the books of the payment provider and what its webhook tells later.</summary>
[TestClass]
public sealed class RefundTests(TestContext test)
{
    static HubUnderTest? Started { get; set; }

    static HubUnderTest Hub => Started!;

    [ClassInitialize]
    public static async Task Start(TestContext context) => Started = await HubUnderTest.Start(context.CancellationToken, ("Payments:Provider", "Stripe"));

    [ClassCleanup]
    public static async Task Stop() => await Hub.DisposeAsync();

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task What_is_left_is_paid_back_once_a_wish_and_more_is_refused_with_the_reason()
    {
        var story = await Placed("REFUND-1");
        await story.UntilHeardOf("paid");
        await Ask("REFUND-1", 4_240.01m, "key-1", HttpStatusCode.Accepted);
        var refused = await story.UntilHeardOf("refund-refused");
        Assert.AreEqual("4240.01 RUB are not paid back: no more than 4240.00 RUB is left of the 4240.00 RUB that were taken.", TextOf(refused, "refund-refused"));

        var first = await Ask("REFUND-1", 1_000, "key-2", HttpStatusCode.Accepted);
        var again = await Ask("REFUND-1", 1_000, "key-2", HttpStatusCode.Accepted);
        var other = await Ask("REFUND-1", 2_000, "key-2", HttpStatusCode.UnprocessableEntity);
        Assert.AreEqual((string)first["refundId"]!, (string)again["refundId"]!);
        Assert.Contains("Idempotency-Key", (string)other["detail"]!);

        await story.UntilItEnds();
        await Ask("REFUND-1", 3_240.01m, "key-3", HttpStatusCode.Accepted);
        await Ask("REFUND-1", 3_240, "key-4", HttpStatusCode.Accepted);
        var journey = await story.UntilPaidBack(2);

        Assert.AreEqual("completed", journey.Status);
        Assert.IsNull(journey.Stands.Owner);
        Assert.HasCount(2, journey.Entries.Where(entry => entry.Kind == "refund-refused").ToList());
        Assert.AreEqual((4240m, 2), await Refunded("REFUND-1"));
        using var theirs = await Hub.Client.PostAsJsonAsync("v1/orders/REFUND-1/refunds", Wish(1), test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Forbidden, theirs.StatusCode, "A shop pays nothing back by itself.");
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Money_that_the_bank_returns_after_the_orders_end_is_a_task_until_support_gave_it_back_by_another_way()
    {
        var story = await Placed("RETURN-1");
        await story.UntilItEnds();
        await Ask("RETURN-1", 500, "key-5", HttpStatusCode.Accepted);
        await story.UntilPaidBack(1);

        using (var bank = new HttpClient { BaseAddress = Hub.Sandbox })
        using (var returned = await bank.PostAsync("control/stripe/orders/RETURN-1/return-refund", content: null, test.CancellationToken))
            Assert.AreEqual(HttpStatusCode.OK, returned.StatusCode);
        Assert.AreEqual("500.00 RUB that had been paid back did not arrive: the card or wallet was closed.", TextOf(await Heard("RETURN-1", "needs-attention"), "refund-failed"));
        Assert.Contains("RETURN-1", await NeedAPerson());

        await Hub.Support.PostAsync("v1/orders/RETURN-1/resume?settled=true", content: null, test.CancellationToken);
        var journey = await Heard("RETURN-1", "refund-repeated");

        Assert.AreEqual("completed", journey.Status);
        Assert.IsNull(journey.Stands.Owner);
        Assert.AreEqual((0m, 1), await Refunded("RETURN-1"), "It went another way.");
        Assert.DoesNotContain("RETURN-1", await NeedAPerson());
    }

    async Task<Telling> Placed(string orderId)
    {
        var story = new Telling(Hub.Shop, orderId, _ => { }, test.CancellationToken);
        await story.Place(Orders.Order(paymentMethod: "pm_card_visa"));
        return story;
    }

    async Task<JsonObject> Ask(string orderId, decimal amount, string key, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/orders/{orderId}/refunds") { Content = JsonContent.Create(Wish(amount)) };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await Hub.Support.SendAsync(request, test.CancellationToken);
        Assert.AreEqual(expected, answer.StatusCode, await answer.Content.ReadAsStringAsync(test.CancellationToken));
        return (await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!;
    }

    /// <summary>Follows an order that has ended.</summary>
    async Task<Journey> Heard(string orderId, string kind)
    {
        while (true)
        {
            if (await Hub.Shop.Follow(orderId, test.CancellationToken) is { } journey && journey.Has(kind)) return journey;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, test.CancellationToken);
        }
    }

    async Task<string> NeedAPerson() => await Hub.Support.GetStringAsync("v1/attention", test.CancellationToken);

    async Task<(decimal Refunded, int Refunds)> Refunded(string orderId)
    {
        var payment = Assert.ContainsSingle(await Hub.Shop.Ledger("stripe", orderId, test.CancellationToken))!;
        return ((decimal)payment["refunded"]!, payment["refunds"]!.AsArray().Count);
    }

    static JsonObject Wish(decimal amount) => new() { ["amount"] = new JsonObject { ["amount"] = amount, ["currency"] = "RUB" }, ["reason"] = "a scratch on the lamp" };

    static string TextOf(Journey journey, string kind) => journey.Entries.Last(entry => entry.Kind == kind).Text;
}
