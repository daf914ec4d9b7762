using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests;

/// <summary>What a shop would like to sell, over HTTP, through the gateway, to the mailbox of the customer: or not.</summary>
[TestClass]
public sealed class OfferTests(TestContext test)
{
    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task An_offer_reaches_once_who_agreed_to_hear_of_such_things_and_nobody_else()
    {
        await using var hub = await HubUnderTest.Start(test.CancellationToken);
        await Task.WhenAll(Delivered(hub, "OFFER-1", "C-agrees"), Delivered(hub, "OFFER-2", "C-does-not"));
        using var consent = await hub.Client.PutAsJsonAsync(
            "v1/customers/C-agrees/notifications", new { marketing = new { agrees = true, source = "checkout" } }, test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.OK, consent.StatusCode);

        foreach (var (order, key) in new[] { ("OFFER-2", "key-2"), ("OFFER-1", "key-1"), ("OFFER-1", "key-1") }) await Offer(hub, order, key);

        var letter = await Letter(hub, "OFFER-1/letter-Offer/");
        Assert.AreEqual(("Bulbs at half price", 1), ((string)letter["subject"]!, (int)letter["timesReceived"]!));
        Assert.Contains("Only this week!\r\n", (string)letter["text"]!);
        Assert.IsEmpty(await Letters(hub, "OFFER-2/letter-Offer/"));
    }

    async Task Offer(HubUnderTest hub, string orderId, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"v1/orders/{orderId}/offers") { Content = JsonContent.Create(new { title = "Bulbs at half price", text = "Only this week!" }) };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await hub.Client.SendAsync(request, test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Accepted, answer.StatusCode, await answer.Content.ReadAsStringAsync(test.CancellationToken));
    }

    async Task<JsonNode> Letter(HubUnderTest hub, string notification)
    {
        while (true)
        {
            if (await Letters(hub, notification) is { Count: > 0 } letters) return Assert.ContainsSingle(letters);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, test.CancellationToken);
        }
    }

    async Task<IReadOnlyList<JsonNode>> Letters(HubUnderTest hub, string notification)
    {
        using var sandbox = new HttpClient { BaseAddress = hub.Sandbox };
        var all = (await sandbox.GetFromJsonAsync<JsonArray>("control/ledgers/mail", test.CancellationToken))!;
        return [.. all.Select(letter => letter!).Where(letter => ((string)letter["messageId"]!).Contains(notification, StringComparison.Ordinal))];
    }

    async Task Delivered(HubUnderTest hub, string orderId, string customer)
    {
        var story = new Telling(hub.Shop, orderId, _ => { }, test.CancellationToken);
        var order = Orders.Order();
        order["customer"]!["id"] = customer;
        await story.Place(order);
        await story.UntilItEnds();
    }
}
