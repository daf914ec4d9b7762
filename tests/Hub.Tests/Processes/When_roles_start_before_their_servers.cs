using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;
using Dovetail.Hub.Roles;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>The whole machine was off, and comes up in the worst order: first the gateway, then the roles, the servers, and last of all the systems outside.</summary>
[TestClass, DoNotParallelize]
public sealed class When_roles_start_before_their_servers(TestContext test)
{
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    [TestMethod, Timeout(240_000, CooperativeCancellation = true)]
    public async Task All_wait_and_an_order_goes_through_once_everything_is_there()
    {
        await using var servers = await OwnServers.Away(test.CancellationToken);
        await using var house = new House(instances: 1, servers.Settings);
        foreach (var process in house.Processes.Reverse()) process.Start();
        foreach (var process in house.Processes) await process.WaitsFor("Waits for PostgreSQL", test.CancellationToken);
        test.WriteLine("All wait.");

        await servers.StartPostgres(test.CancellationToken);
        await house.Processes[0].WaitsFor("Waits for RabbitMQ", test.CancellationToken);
        await house.Processes[1].IsReady(test.CancellationToken);
        test.WriteLine("The gateway has its database, and the others wait for the broker.");
        using var shop = new HttpClient { BaseAddress = house.Gateways[0], DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
        Assert.AreEqual(HttpStatusCode.ServiceUnavailable, await Place(shop, "TOO-EARLY"));

        await servers.StartRabbitMQ(test.CancellationToken);
        await house.Processes[0].IsReady(test.CancellationToken);
        test.WriteLine("All are ready.");
        while (await Place(shop, "IN-TIME") != HttpStatusCode.Accepted) await Pause();

        await house.StartStandIns(test.CancellationToken);
        test.WriteLine("The order is placed, and the systems outside are there.");
        for (var told = ""; await Journey(shop, "IN-TIME") is var journey && (string?)journey?["status"] != "completed"; await Pause())
        {
            if (journey?["entries"]?.AsArray()[^1]?.ToJsonString() is { } last && last != told) test.WriteLine(told = last);
        }
        Assert.IsNull(await Journey(shop, "TOO-EARLY"));
        foreach (var process in house.Processes.Reverse()) await process.Stop(test.CancellationToken);
    }

    async Task<HttpStatusCode> Place(HttpClient shop, string id)
    {
        var order = Orders.Order();
        order["orderId"] = id;
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders") { Content = JsonContent.Create(order), Headers = { { "Idempotency-Key", $"\"{id}\"" } } };
        using var answer = await shop.SendAsync(request, test.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>Null while nothing is known of it.</summary>
    async Task<JsonObject?> Journey(HttpClient shop, string id)
    {
        using var answer = await shop.GetAsync(new Uri($"v1/orders/{id}/journey", UriKind.Relative), test.CancellationToken);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken) : null;
    }

    Task Pause() => Task.Delay(BetweenLooks, TimeProvider.System, test.CancellationToken);
}
