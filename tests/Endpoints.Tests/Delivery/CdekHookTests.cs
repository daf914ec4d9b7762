using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Endpoints.Delivery;
using Dovetail.Endpoints.Hooks;
using Dovetail.Endpoints.Sandbox;
using Dovetail.Endpoints.Tests.Sandbox;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Delivery;

[TestClass]
public sealed class CdekHookTests(TestContext test)
{
    const string Secret = "a-secret-for-tests";

    static readonly BookShipment Book = new(
        "A-1", new("C-1", "Anna Orlova", "anna@example.com", "+79990000000"), new("RU", "Saint Petersburg", "191186", "Nevsky prospekt 1"),
        [new("1", "RING-17", "Ring", 2, new(5000m, "RUB"), new(0m, "RUB"), new(10_000m, "RUB"))], "A-1/shipment/1");

    [TestMethod]
    [DataRow(Secret, """{"type":"ORDER_STATUS","uuid":"u-1","attributes":{"number":"A-1"}}""", "look")]
    [DataRow(Secret, """{"type":"PRINT_FORM","uuid":"u-1","attributes":{}}""", "not needed")]
    [DataRow(Secret, """{"type":"ORDER_STATUS","uuid":"u-1","attributes":{}}""", "not needed")]
    [DataRow(Secret, "nonsense", "400")]
    [DataRow("", """{"type":"ORDER_STATUS","uuid":"u-1","attributes":{"number":"A-1"}}""", "404")]
    [DataRow("a-secret-for-test", """{"type":"ORDER_STATUS","uuid":"u-1","attributes":{"number":"A-1"}}""", "404")]
    public void News_count_at_the_secret_address_only(string rest, string body, string expected)
    {
        var verdict = new CdekHook(Options.Create(new CdekHookOptions { Secret = Secret }))
            .Judge(new(System.Net.IPAddress.Loopback, rest, new HeaderDictionary(), System.Text.Encoding.UTF8.GetBytes(body), DateTimeOffset.UnixEpoch));

        Assert.AreEqual(expected, verdict switch
        {
            HookVerdict.Taken { Message: LookAtShipment { OrderId: "A-1", ShipmentId: "u-1" } } => "look",
            HookVerdict.Refused refused => $"{refused.Status}",
            _ => "not needed",
        });
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hint_makes_the_shipment_be_read_and_told_as_it_is()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var booked = (ShipmentReported)Assert.ContainsSingle((await Recording.Of<BookShipmentHandler, BookShipment>(delivery, Book, test.CancellationToken)).Replies);

        clock.Advance(TimeSpan.FromSeconds(1.6));
        for (var n = 0; n < 3; n++)
            Assert.AreEqual((ShipmentState.InTransit, "A-1"), (await Hint(delivery, "A-1", booked.ShipmentId))!.Value);
        Assert.AreEqual((ShipmentState.InTransit, "A-1"), (await Hint(delivery, "A-1", Guid.NewGuid().ToString()))!.Value, "A shipment that nobody knows leads to the order's own.");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Who_has_looked_since_the_hint_came_need_not_look_again()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var booked = (ShipmentReported)Assert.ContainsSingle((await Recording.Of<BookShipmentHandler, BookShipment>(delivery, Book, test.CancellationToken)).Replies);
        var early = new LookAtShipment("A-1", booked.ShipmentId, clock.GetUtcNow());
        clock.Advance(TimeSpan.FromSeconds(1));
        var late = early with { HintedAt = clock.GetUtcNow() };

        Assert.HasCount(1, (await Look(delivery, early)).Sent);
        Assert.HasCount(0, (await Look(delivery, early)).Sent, "The look began after this one's hint.");
        Assert.HasCount(1, (await Look(delivery, late)).Sent, "The look began no later than this one's hint.");
        Assert.HasCount(1, (await Look(delivery, early with { OrderId = "A-1", ShipmentId = Guid.NewGuid().ToString() })).Sent, "Nobody has looked at that one.");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hint_whose_look_came_to_nothing_is_looked_after_again()
    {
        var clock = new ManualClock();
        var hint = new LookAtShipment("A-1", "u-1", clock.GetUtcNow());
        clock.Advance(TimeSpan.FromSeconds(1));
        using var looks = new LatestLooks(clock);
        var found = 0;

        await Assert.ThrowsExactlyAsync<TimeoutException>(() => looks.After(hint, "1", () => throw new TimeoutException(), test.CancellationToken));
        foreach (var message in new[] { "1", "2", "1" })
            await looks.After(hint, message, () => Task.FromResult(found++), test.CancellationToken);

        Assert.AreEqual(2, found, "The message that looked may come again because its commit failed; another need not look.");
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hint_at_what_this_hub_did_not_book_is_of_no_interest_and_costs_the_carrier_nothing()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var theirs = (ShipmentReported)Assert.ContainsSingle((await Recording.Of<BookShipmentHandler, BookShipment>(
            host.Connect(DeliveryEndpoint.AddServices, ("ConnectionStrings:Operations", $"Data Source=file:{Guid.NewGuid():N}?mode=memory&cache=shared")),
            Book with { OrderId = "B-1" }, test.CancellationToken)).Replies);
        await Recording.Of<BookShipmentHandler, BookShipment>(delivery, Book, test.CancellationToken);

        Assert.IsNull(await Hint(delivery, "A-1", theirs.ShipmentId), "The shipment is another order's.");
        host.Pull(new("cdek", LeverEffect.FailBefore, Call: "GET"));
        Assert.IsNull(await Hint(delivery, "B-1", theirs.ShipmentId), "Another shop of the same account booked it.");
        Assert.IsNull(await Hint(delivery, "made-up", Guid.NewGuid().ToString()));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_hub_subscribes_once_renews_what_the_carrier_ended_and_clears_away_its_old_addresses()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Delivery:Cdek:Hooks:Secret", ""));
        var cdek = host.Connect(DeliveryEndpoint.AddServices).GetRequiredService<CdekClient>();
        await cdek.Subscribe(new("https://old.example/hooks/cdek/an-old-secret-of-ours"), test.CancellationToken);
        await cdek.Subscribe(new("https://others.example/cdek"), test.CancellationToken);

        await Ensure(null, cdek);
        Assert.HasCount(2, await cdek.Subscriptions(test.CancellationToken), "Without a public address there is nothing to subscribe.");
        for (var n = 0; n < 2; n++)
            await Ensure("https://hub.example/", cdek);
        Assert.AreSequenceEqual(
            ["https://hub.example/hooks/cdek/" + Secret, "https://others.example/cdek"],
            (await cdek.Subscriptions(test.CancellationToken)).Select(subscription => subscription.Url.AbsoluteUri).Order(StringComparer.Ordinal));

        await cdek.Unsubscribe((await cdek.Subscriptions(test.CancellationToken)).Single(subscription => subscription.Url.Host == "hub.example").Uuid, test.CancellationToken);
        await Ensure("https://hub.example/", cdek);
        Assert.HasCount(2, await cdek.Subscriptions(test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_carrier_tells_each_status_once_and_exactly_as_documented()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken);
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Sandbox:Pace", "0.1"), ("Sandbox:Cdek:Tick", "00:00:00.02"));
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        await delivery.GetRequiredService<CdekClient>().Subscribe(new(shop.Address), test.CancellationToken);
        await Recording.Of<BookShipmentHandler, BookShipment>(delivery, Book, test.CancellationToken);

        var told = (await shop.Take(7, test.CancellationToken)).Select(delivery => delivery.Json).ToList();

        Assert.AreSequenceEqual(
            ["1", "10", "11", "3", "4", "7", "8"], told.Select(news => (string)news["attributes"]!["status_code"]!).Order(StringComparer.Ordinal));
        var last = told.Single(news => (string)news["attributes"]!["code"]! == "DELIVERED");
        Assert.AreEqual("ORDER_STATUS A-1", $"{last["type"]} {last["attributes"]!["number"]}");
        Assert.AreEqual(36, ((string)last["uuid"]!).Length);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_carrier_takes_two_subscriptions_and_ends_one_that_is_not_answered_with_200()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken, busy: 1);
        await using var host = await SandboxHost.Start(
            test.CancellationToken, null, ("Sandbox:Pace", "0.1"), ("Sandbox:Cdek:Tick", "00:00:00.02"), ("Sandbox:Cdek:SubscriptionGrace", "00:00:00"));
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        var cdek = delivery.GetRequiredService<CdekClient>();
        await cdek.Subscribe(new(shop.Address), test.CancellationToken);
        await cdek.Subscribe(new("http://127.0.0.1:9/"), test.CancellationToken);
        Assert.IsTrue((await cdek.Subscribe(new("https://third.example/"), test.CancellationToken)).Faults.Count > 0);

        await Recording.Of<BookShipmentHandler, BookShipment>(delivery, Book, test.CancellationToken);
        await shop.Take(1, test.CancellationToken);
        while ((await cdek.Subscriptions(test.CancellationToken)).Any(subscription => subscription.Url.AbsoluteUri == shop.Address))
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, test.CancellationToken);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Levers_lose_news_and_let_strangers_tell_some()
    {
        await using var shop = await WebhookReceiver.Start(test.CancellationToken);
        await using var host = await SandboxHost.Start(test.CancellationToken, null, ("Sandbox:Pace", "0.1"), ("Sandbox:Cdek:Tick", "00:00:00.02"));
        host.Pull(new("cdek-webhooks", LeverEffect.Forge, Call: "POST DELIVERED", Times: 1));
        host.Pull(new("cdek-webhooks", LeverEffect.Lose, Call: "POST CREATED", Times: 1));
        var delivery = host.Connect(DeliveryEndpoint.AddServices);
        await delivery.GetRequiredService<CdekClient>().Subscribe(new(shop.Address), test.CancellationToken);
        await Recording.Of<BookShipmentHandler, BookShipment>(delivery, Book, test.CancellationToken);

        var told = (await shop.Take(7, test.CancellationToken)).Select(delivery => delivery.Json).ToList();

        Assert.IsFalse(told.Any(news => (string)news["attributes"]!["code"]! == "CREATED"));
        Assert.HasCount(2, told.Where(news => (string)news["attributes"]!["code"]! == "DELIVERED").Select(news => (string)news["uuid"]!).Distinct());
    }

    async Task<(ShipmentState State, string OrderId)?> Hint(IServiceProvider delivery, string orderId, string shipmentId) =>
        (await Recording.Of<LookAtShipmentHandler, LookAtShipment>(delivery, new(orderId, shipmentId), test.CancellationToken)).Sent
            .Cast<ShipmentReported>().Select(report => ((ShipmentState, string)?)(report.State, report.OrderId)).SingleOrDefault();

    async Task<Recording> Look(IServiceProvider delivery, LookAtShipment hint) =>
        await Recording.Of<LookAtShipmentHandler, LookAtShipment>(delivery, hint, test.CancellationToken);

    async Task Ensure(string? publicAddress, CdekClient cdek)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Hooks:PublicAddress", publicAddress)]).Build();
        using var subscription = new CdekSubscription(
            new ServiceCollection().BuildServiceProvider().GetRequiredService<IServiceScopeFactory>(), Options.Create(new CdekHookOptions { Secret = Secret }), configuration,
            TimeProvider.System, NullLogger<CdekSubscription>.Instance);
        await subscription.Ensure(cdek, test.CancellationToken);
    }
}
