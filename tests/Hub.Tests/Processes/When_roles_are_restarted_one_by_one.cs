using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>Two of each role, on RabbitMQ and PostgreSQL, are replaced while orders come all the time.</summary>
[TestClass, DoNotParallelize]
public sealed class When_roles_are_restarted_one_by_one(TestContext test)
{
    [TestMethod, Timeout(300_000, CooperativeCancellation = true)]
    public async Task No_caller_sees_an_error_and_every_order_ends_once()
    {
        await using var place = await Place.OnRabbitMQAndPostgreSql(test.CancellationToken);
        await using var house = new House(instances: 2, place.Settings);
        await house.StartStandIns(test.CancellationToken);

        // The second of each finds queues and tables there, or waits for its turn to make them.
        foreach (var process in house.Processes) process.Start();
        foreach (var process in house.Processes) await process.IsReady(test.CancellationToken);
        await house.IsKnownToItsGateways(test.CancellationToken);

        using var shoppers = new Shoppers(house.Gateways);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(test.CancellationToken);
        var shopping = shoppers.Shop(enough.Token, test.CancellationToken);
        foreach (var process in house.Processes)
        {
            var (at, placed) = (TimeProvider.System.GetTimestamp(), shoppers.Orders.Count);
            await process.Stop(test.CancellationToken);
            var stopped = TimeProvider.System.GetElapsedTime(at);
            process.Start();
            await process.IsReady(test.CancellationToken);

            // Before the next one leaves, whoever sends requests has to know that this one is back.
            await house.IsKnownToItsGateways(test.CancellationToken);
            await shoppers.KnowAllGateways(test.CancellationToken);
            test.WriteLine($"{process.Name} stopped in {stopped.TotalSeconds:0.0} s and was ready after {TimeProvider.System.GetElapsedTime(at).TotalSeconds:0.0} s; {shoppers.Orders.Count - placed} orders came meanwhile.");
        }
        await enough.CancelAsync();
        await shopping;
        test.WriteLine($"{shoppers.Orders.Count} orders, and {shoppers.Streams} event streams.");

        Assert.IsEmpty(shoppers.Complaints, string.Join('\n', shoppers.Complaints));
        Assert.IsGreaterThan(50, shoppers.Orders.Count);
        Assert.IsTrue(shoppers.Orders.Values.All(status => status == "completed"), string.Join(", ", shoppers.Orders));
        await AllIsInTheBooksOnce(house, [.. shoppers.Orders.Keys]);
    }

    /// <summary>Paid once, registered once and shipped once.</summary>
    async Task AllIsInTheBooksOnce(House house, List<string> orders)
    {
        using var client = new HttpClient { BaseAddress = house.StandIns };
        foreach (var (system, member, counts) in new (string, string, Func<JsonNode, bool>)[]
        {
            ("yookassa", "orderId", payment => decimal.Parse(payment["captured"]!.ToString(), System.Globalization.CultureInfo.InvariantCulture) > 0),
            ("retailcrm", "externalId", _ => true),
            ("cdek", "number", shipment => shipment["fault"] is null && shipment["deletionAskedAt"] is null),
        })
        {
            var pages = (await client.GetFromJsonAsync<JsonArray>($"control/ledgers/{system}", test.CancellationToken))!;
            var entries = pages.Where(page => counts(page!)).Select(page => (string)page![member]!).Order(StringComparer.Ordinal).ToList();
            CollectionAssert.AreEqual(orders.Order(StringComparer.Ordinal).ToList(), entries, $"{system} has {entries.Count} entries of {orders.Count} orders.");
        }
    }
}
