using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests;

/// <summary>Nobody asks but once: what an order waits for is heard of because the vendors tell it, through the gateway.</summary>
[TestClass]
public sealed class WebhookTests(TestContext test)
{
    static readonly (string, string)[] HardlyEverAsking =
    [
        ("Deadlines:CheckPicking", "03:00:00"), ("Deadlines:CheckBooking", "05:00:00"), ("Deadlines:BookingInAll", "10:00:00"), ("Deadlines:CheckShipment", "05:00:00"), ("Deadlines:Patience", "01:00:00"), ("Deadlines:PaymentPatience", "01:00:00"),
        ("Payments:YooKassa:Retries", "0"), ("Bus:ImmediateRetries", "0"), ("Bus:DelayedRetries", "0"),
    ];

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Orders_complete_although_hardly_anybody_asks()
    {
        await using var hub = await HubUnderTest.Start(test.CancellationToken, HardlyEverAsking);

        // Whatever is done to what the vendors tell: it comes twice, after what came later, and among what strangers make up.
        foreach (var vendor in new[] { "cdek-webhooks", "yookassa-webhooks" })
        {
            await hub.Shop.Pull(vendor, "forge", "HOOK", test.CancellationToken);
            await hub.Shop.Pull(vendor, "fail-after", "HOOK-2", test.CancellationToken);
        }

        await Task.WhenAll(Enumerable.Range(1, 5).Select(number => Completes(hub, $"HOOK-{number}")));
    }

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task An_answer_of_the_payment_provider_that_was_lost_is_heard_of_by_its_webhook()
    {
        await using var hub = await HubUnderTest.Start(test.CancellationToken, HardlyEverAsking);
        await hub.Shop.Pull("yookassa", "fail-after", "LOST-1/hold", test.CancellationToken);

        await Completes(hub, "LOST-1");

        Assert.HasCount(1, await hub.Shop.Ledger("yookassa", "LOST-1", test.CancellationToken));
    }

    async Task Completes(HubUnderTest hub, string orderId)
    {
        await hub.Shop.Place(JsonNode.Parse($$"""
            {
              "orderId": "{{orderId}}",
              "customer": { "id": "c1", "name": "Anna Orlova", "email": "anna@example.com", "phone": "+79990000000" },
              "destination": { "countryCode": "RU", "city": "Omsk", "postalCode": "644000", "address": "Lenina 1" },
              "lines": [ { "sku": "LAMP-7", "name": "Desk lamp", "quantity": 1, "unitPrice": { "amount": 500, "currency": "RUB" } } ],
              "agreedTotal": { "amount": 500, "currency": "RUB" }, "pointsToSpend": 0, "paymentMethod": "pm-anna"
            }
            """)!.AsObject(), test.CancellationToken);
        Journey? journey = null;
        while (journey?.Status is not ("completed" or "cancelled"))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, test.CancellationToken);
            journey = await hub.Shop.Follow(orderId, test.CancellationToken);
        }
        Assert.AreEqual("completed", journey.Status, orderId);
    }
}
