using System.Collections.Concurrent;
using System.Net.Http.Json;
using Dovetail.Contracts.Crm.Commands;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Dovetail.Endpoints.Crm;
using Dovetail.Endpoints.Sandbox;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Crm;

/// <summary>The endpoint on the real bus beside the stand-in of the portal, and what arrives where the process would be.</summary>
[TestClass]
public sealed class Bitrix24FeedTests(TestContext test) : IDisposable
{
    const string Interval = "Crm:Bitrix24:Feed:Interval";

    readonly Inbox _inbox = new();
    readonly ManualClock _clock = new();
    readonly HttpClient _control = new();

    public void Dispose() => _control.Dispose();

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_deal_that_people_lose_cancels_its_order_once_and_what_the_hub_writes_itself_is_not_heard()
    {
        await using var portal = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var crm = await Start(portal);
        var feed = Feed(crm);
        await feed.ReadPage(test.CancellationToken);
        await Place(crm, "A-1");
        await Pay(crm, "A-1");
        Assert.IsEmpty(await Unheard(portal), "The hub's own changes.");

        await Move(portal, "A-1", new { stage = "APOLOGY" });
        await Move(portal, "A-1", new { stage = "LOSE" });
        Assert.ContainsSingle(await Unheard(portal));
        await feed.ReadPage(test.CancellationToken);

        await Until(() => _inbox.Wishes.Count == 1);
        Assert.AreEqual(new CancelOrder("A-1", LookAtDealHandler.Reason), _inbox.Wishes.Single());
        Assert.IsEmpty(await Unheard(portal));

        // The hub sets it lost itself by then; whatever people note in it afterwards is no wish.
        await Recording.Of<OrderCancelledHandler, OrderCancelled>(crm.App.Services, new("A-1", At(9), "lost"), test.CancellationToken);
        await Move(portal, "A-1", new { stage = "APOLOGY" });
        await feed.ReadPage(test.CancellationToken);
        var again = await Recording.Of<LookAtDealHandler, LookAtDeal>(crm.App.Services, new("A-1"), test.CancellationToken);
        Assert.IsEmpty(again.Sent);
        Assert.AreEqual("APOLOGY", await Stage(portal, "A-1"));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Events_that_a_killed_process_had_taken_are_handed_on_by_the_next()
    {
        await using var portal = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var crm = await Start(portal);
        await Feed(crm).ReadPage(test.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(31));
        await Place(crm, "A-1");
        await Place(crm, "A-2");
        await Move(portal, "A-1", new { stage = "LOSE" });

        // One was killed when it had taken them, one when it had handed them on.
        await using (var scope = crm.App.Services.CreateAsyncScope())
            Assert.ContainsSingle((await scope.ServiceProvider.GetRequiredService<Bitrix24Client>().TakeEvents(test.CancellationToken)).Events);
        await Move(portal, "A-2", new { stage = "LOSE" });
        portal.Pull(new("bitrix24", LeverEffect.FailBefore, Call: "event.offline.clear", Times: 6));
        await Assert.ThrowsAsync<HttpRequestException>(() => Feed(crm).ReadPage(test.CancellationToken));
        portal.Services.GetRequiredService<Levers>().Release();
        _clock.Advance(TimeSpan.FromSeconds(31));

        await Feed(crm).ReadPage(test.CancellationToken);

        await Until(() => _inbox.Wishes.Select(wish => wish.OrderId).Distinct().Count() == 2);
        Assert.IsEmpty(await Unheard(portal));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task One_process_reads_at_a_time()
    {
        await using var portal = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var crm = await Start(portal);
        await Place(crm, "A-1");
        var (first, second) = (Feed(crm), Feed(crm));
        await first.ReadPage(test.CancellationToken);
        await Move(portal, "A-1", new { stage = "LOSE" });

        await second.ReadPage(test.CancellationToken);
        Assert.ContainsSingle(await Unheard(portal));

        // The first one is killed: its turn runs out.
        _clock.Advance(TimeSpan.FromSeconds(31));
        await second.ReadPage(test.CancellationToken);
        Assert.IsEmpty(await Unheard(portal));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Whatever_else_people_change_is_put_right_but_not_for_ever()
    {
        await using var portal = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var crm = await Start(portal);
        await Place(crm, "A-1");
        await Pay(crm, "A-1");

        for (var time = 0; time < 2; time++)
        {
            await Move(portal, "A-1", new { stage = "WON", amount = 1 });
            await Look(crm, "A-1");
            Assert.AreEqual("EXECUTING 4490.00", await Standing(portal, "A-1"));
        }

        // A robot insists. Tomorrow it is tried again.
        await Move(portal, "A-1", new { stage = "NEW" });
        await Look(crm, "A-1");
        Assert.AreEqual("NEW", await Stage(portal, "A-1"));
        _clock.Advance(TimeSpan.FromDays(1));
        await Look(crm, "A-1");
        Assert.AreEqual("EXECUTING", await Stage(portal, "A-1"));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task When_it_is_too_late_to_cancel_the_deal_goes_on_too()
    {
        await using var portal = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var crm = await Start(portal);
        await Place(crm, "A-1");
        await Pay(crm, "A-1");
        await Move(portal, "A-1", new { stage = "LOSE" });

        await Recording.Of<LookAtDealHandler, OrderCancellationRefused>(crm.App.Services, new("A-1", At(9), "the carrier has the goods"), test.CancellationToken);

        Assert.AreEqual("EXECUTING", await Stage(portal, "A-1"));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Deals_of_others_are_left_alone()
    {
        await using var portal = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var crm = await Start(portal);
        var feed = Feed(crm);
        await feed.ReadPage(test.CancellationToken);
        await Place(crm, "A-1");

        // Another hub's, which this one has no link to; and one whose id was ours in the portal that we moved away from.
        await Recording.Of<OrderPlacedHandler, OrderPlaced>(
            portal.Connect(CrmEndpoint.AddServices, ("Crm:Bitrix24:Originator", "other-hub"), ("Crm:Bitrix24:RefreshToken", await RefreshToken(portal))), Placed("B-1"), test.CancellationToken);
        await using (var links = await crm.App.Services.GetRequiredService<IDbContextFactory<CrmContext>>().CreateDbContextAsync(test.CancellationToken))
            await links.Links.Where(link => link.Subject == "deal A-1").ExecuteUpdateAsync(link => link.SetProperty(l => l.VendorId, "2"), test.CancellationToken);
        await Move(portal, "B-1", new { stage = "LOSE" });
        await feed.ReadPage(test.CancellationToken);

        Assert.IsEmpty(await Unheard(portal));
        Assert.IsEmpty((await Look(crm, "A-1")).Sent);
        Assert.AreEqual("LOSE", await Stage(portal, "B-1"));
    }

    /// <summary>The endpoint's own reader has read once and rests for a day; its turn has run out.</summary>
    async Task<RoleHost> Start(SandboxHost portal)
    {
        var settings = SandboxRole.Settings(portal.Address, 25).Where(setting => setting.Key != Interval).Select(setting => (setting.Key, setting.Value));
        var crm = await RoleHost.Start(
            CrmEndpoint.Name, CrmEndpoint.Configure, CrmEndpoint.AddServices, _ => { }, test.CancellationToken, _clock,
            [("Sagas", endpoint => endpoint.AddHandler<Receiver>(), _inbox)], CrmEndpoint.Name, [.. settings, (Interval, "1.00:00:00"), ("Crm:Bitrix24:Feed:CorrectionsADay", "2")]);
        await Until(async () =>
        {
            await using var scope = crm.App.Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<Bitrix24Client>().IsBound(test.CancellationToken);
        });
        _clock.Advance(TimeSpan.FromSeconds(31));
        return crm;
    }

    static Bitrix24Feed Feed(RoleHost crm) => ActivatorUtilities.CreateInstance<Bitrix24Feed>(crm.App.Services);

    Task<Recording> Look(RoleHost crm, string orderId) => Recording.Of<LookAtDealHandler, LookAtDeal>(crm.App.Services, new(orderId), test.CancellationToken);

    Task Place(RoleHost crm, string orderId) => Recording.Of<OrderPlacedHandler, OrderPlaced>(crm.App.Services, Placed(orderId), test.CancellationToken);

    Task Pay(RoleHost crm, string orderId) => Recording.Of<OrderPaidHandler, OrderPaid>(crm.App.Services, new(orderId, At(5), new(4490, "RUB")), test.CancellationToken);

    OrderPlaced Placed(string orderId) => new(
        orderId, At(1), "t-1", "shop", _clock.GetUtcNow(), new("C-1", "Anna", "anna@customers.example", "+7 900 000-00-01"), [], new(4990, "RUB"));

    Standing At(int sequence) => new(sequence, _clock.GetUtcNow());

    async Task Move(SandboxHost portal, string orderId, object change)
    {
        using var answer = await _control.PostAsJsonAsync(new Uri(portal.Address, $"control/bitrix24/orders/{orderId}/deal"), change, test.CancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    async Task<string> Stage(SandboxHost portal, string orderId) => (await Standing(portal, orderId)).Split(' ')[0];

    async Task<string> Standing(SandboxHost portal, string orderId)
    {
        var deal = Assert.ContainsSingle(await portal.Documents("bitrix24", orderId, test.CancellationToken))!;
        return $"{deal["STAGE_ID"]} {deal["OPPORTUNITY"]}";
    }

    async Task<IReadOnlyList<string>> Unheard(SandboxHost portal) =>
        [.. (await portal.Documents("bitrix24-offline-events", null, test.CancellationToken)).Where(record => (string?)record!["CLEARED"] != "Y").Select(record => record!.ToJsonString())];

    async Task<string> RefreshToken(SandboxHost portal) =>
        (string)Assert.ContainsSingle(await portal.Documents("bitrix24-application", null, test.CancellationToken))!["refresh"]!;

    Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    async Task Until(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, test.CancellationToken);
    }

    sealed class Inbox
    {
        public ConcurrentQueue<CancelOrder> Wishes { get; } = new();
    }

    sealed class Receiver(Inbox inbox) : IHandleMessages<CancelOrder>
    {
        public Task Handle(CancelOrder wish, IMessageHandlerContext context)
        {
            inbox.Wishes.Enqueue(wish);
            return Task.CompletedTask;
        }
    }
}
