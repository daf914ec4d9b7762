using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests;

/// <summary>What the sales people do to a deal in the CRM, where nobody but the portal's own list of changes tells the hub.</summary>
[TestClass]
public sealed class CrmTests(TestContext test)
{
    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task A_deal_that_people_lose_cancels_the_order_and_everything_is_undone()
    {
        await using var hub = await HubUnderTest.Start(test.CancellationToken, [("Sandbox:Picking", "01:00:00")]);
        using var portal = new HttpClient { BaseAddress = hub.Sandbox };
        await hub.Shop.Place(JsonNode.Parse("""
            {
              "orderId": "LOST-1",
              "customer": { "id": "c1", "name": "Anna Orlova", "email": "anna@example.com", "phone": "+79990000000", "loyaltyCard": "CARD-1" },
              "destination": { "countryCode": "RU", "city": "Omsk", "postalCode": "644000", "address": "Lenina 1" },
              "lines": [ { "sku": "LAMP-7", "name": "Desk lamp", "quantity": 1, "unitPrice": { "amount": 500, "currency": "RUB" } } ],
              "agreedTotal": { "amount": 500, "currency": "RUB" }, "pointsToSpend": 100, "paymentMethod": "pm-anna"
            }
            """)!.AsObject(), test.CancellationToken);
        await Until(hub, journey => journey.Has("registered"));
        await Deal(hub, "PREPARATION");

        // Not lost: the hub knows better.
        await Move(portal, "NEW");
        await Deal(hub, "PREPARATION");
        await Move(portal, "APOLOGY");

        var journey = await Until(hub, journey => journey.Status is "completed" or "cancelled");
        Assert.AreEqual("cancelled", journey.Status);
        Assert.Contains("the sales people closed its deal as lost", string.Join('\n', journey.Entries.Select(entry => entry.Text)));
        Assert.AreEqual("canceled", (string?)Assert.ContainsSingle(await hub.Shop.Ledger("yookassa", "LOST-1", test.CancellationToken))!["status"]);
        Assert.AreEqual("cancel-other", (string?)Assert.ContainsSingle(await hub.Shop.Ledger("retailcrm", "LOST-1", test.CancellationToken))!["status"]);
        await Deal(hub, "APOLOGY");
    }

    async Task Move(HttpClient portal, string stage)
    {
        using var moved = await portal.PostAsJsonAsync(new Uri("control/bitrix24/orders/LOST-1/deal", UriKind.Relative), new { stage }, test.CancellationToken);
        await DemoShop.Expect(moved, "move the deal", test.CancellationToken);
    }

    async Task Deal(HubUnderTest hub, string stage)
    {
        while ((await hub.Shop.Ledger("bitrix24", "LOST-1", test.CancellationToken)) is not [var deal] || (string?)deal!["STAGE_ID"] != stage)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, test.CancellationToken);
    }

    async Task<Journey> Until(HubUnderTest hub, Func<Journey, bool> holds)
    {
        while (true)
        {
            if (await hub.Shop.Follow("LOST-1", test.CancellationToken) is { } journey && holds(journey))
                return journey;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, test.CancellationToken);
        }
    }
}
