using System.Collections.Concurrent;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Oms;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Oms;

/// <summary>The endpoint on the real bus beside the stand-in of RetailCRM, and what arrives where the process would be.</summary>
[TestClass]
public sealed class RetailCrmFeedTests(TestContext test)
{
    const string Interval = "Oms:RetailCrm:Feed:Interval";

    readonly Inbox _inbox = new();
    readonly ManualClock _clock = new();

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_became_of_an_order_is_told_without_being_asked_and_once()
    {
        await using var crm = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var oms = await Start(crm);
        var feed = Feed(oms);
        await Register(oms, "A-1");
        await Register(oms, "GONE-2", "GONE-1");
        await ReadAll(feed);

        _clock.Advance(TimeSpan.FromSeconds(2));
        await ReadAll(feed);
        while (_inbox.Reports.Count < 2)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, test.CancellationToken);
        await ReadAll(feed);
        await ReadAll(Feed(oms));

        Assert.AreEqual("A-1 Picked, GONE-2 OutOfStock", string.Join(", ", _inbox.Reports.Select(report => $"{report.OrderId} {report.State}").Order(StringComparer.Ordinal)));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task One_process_reads_at_a_time_and_the_next_goes_on_where_it_was()
    {
        await using var crm = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var oms = await Start(crm);
        await Register(oms, "A-1");
        var (first, second) = (Feed(oms), Feed(oms));

        await ReadAll(first);
        var place = await After(oms);
        Assert.IsNotNull(place);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await ReadAll(second);
        Assert.AreEqual(place, await After(oms), "It is the first one's turn.");

        // The first one is killed: its turn runs out.
        _clock.Advance(TimeSpan.FromSeconds(21));
        await ReadAll(second);
        Assert.IsGreaterThan(place.Value, (await After(oms))!.Value);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Who_was_overtaken_while_it_read_hands_nothing_on()
    {
        await using var crm = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var oms = await Start(crm);
        await Register(oms, "A-1");
        _clock.Advance(TimeSpan.FromSeconds(2));
        var slow = Feed(oms);

        // The stand-in does not answer before somebody else has read on.
        crm.Pull(new("retailcrm", LeverEffect.Slow, Call: "history", Times: 1, Delay: TimeSpan.FromSeconds(6)));
        var late = ReadAll(slow);
        while (await After(oms) is null)
        {
            _clock.Advance(TimeSpan.FromSeconds(21));
            await ReadAll(Feed(oms));
        }

        StringAssert.Contains((await Assert.ThrowsAsync<Exception>(() => late)).ToString(), "another one reads RetailCRM's history by now", StringComparison.Ordinal);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Changes_of_orders_that_this_hub_did_not_register_are_passed_over()
    {
        await using var crm = await SandboxHost.Start(test.CancellationToken, _clock);
        await using var oms = await Start(crm);
        await Recording.Of<RegisterOrderHandler, RegisterOrder>(
            crm.Connect(OmsEndpoint.AddServices, (Interval, "1.00:00:00")), Order("B-1", "LAMP"), test.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(2));

        var looked = await Recording.Of<LookAtPickingHandler, LookAtPicking>(oms.App.Services, new("B-1"), test.CancellationToken);

        Assert.IsEmpty(looked.Sent);
    }

    /// <summary>The endpoint's own reader has read once and rests for a day; its turn has run out.</summary>
    async Task<RoleHost> Start(SandboxHost crm)
    {
        var settings = SandboxRole.Settings(crm.Address, 25).Where(setting => setting.Key != Interval).Select(setting => (setting.Key, setting.Value));
        var oms = await RoleHost.Start(
            OmsEndpoint.Name, OmsEndpoint.Configure, OmsEndpoint.AddServices, _ => { }, test.CancellationToken, _clock,
            [("Sagas", endpoint => endpoint.AddHandler<Receiver>(), _inbox)], OmsEndpoint.Name, [.. settings, (Interval, "1.00:00:00")]);
        while (!await HasBegun(oms))
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, test.CancellationToken);
        _clock.Advance(TimeSpan.FromSeconds(21));
        return oms;
    }

    async Task<bool> HasBegun(RoleHost oms)
    {
        await using var database = await oms.App.Services.GetRequiredService<IDbContextFactory<FeedContext>>().CreateDbContextAsync(test.CancellationToken);
        try
        {
            return await database.Rows.AnyAsync(test.CancellationToken);
        }
        catch (SqliteException)
        {
            // Not even the table is there.
            return false;
        }
    }

    static RetailCrmFeed Feed(RoleHost oms) => ActivatorUtilities.CreateInstance<RetailCrmFeed>(oms.App.Services);

    async Task ReadAll(RetailCrmFeed feed)
    {
        while (await feed.ReadPage(test.CancellationToken))
        {
            // The next page.
        }
    }

    Task Register(RoleHost oms, string orderId, string sku = "LAMP") =>
        Recording.Of<RegisterOrderHandler, RegisterOrder>(oms.App.Services, Order(orderId, sku), test.CancellationToken);

    static RegisterOrder Order(string orderId, string sku) => new(
        orderId, new("C-1", "Anna Orlova", "anna@example.com", "+79990000000"), [new("1", sku, "Lamp", 1, new(500m, "RUB"), new(0m, "RUB"), new(500m, "RUB"))],
        new("RU", "Omsk", "644000", "Lenina 1"), new(500m, "RUB"), $"{orderId}/oms/1");

    async Task<long?> After(RoleHost oms)
    {
        await using var database = await oms.App.Services.GetRequiredService<IDbContextFactory<FeedContext>>().CreateDbContextAsync(test.CancellationToken);
        return (await database.Rows.AsNoTracking().SingleOrDefaultAsync(test.CancellationToken))?.After;
    }

    sealed class Inbox
    {
        public ConcurrentQueue<PickingReported> Reports { get; } = new();
    }

    sealed class Receiver(Inbox inbox) : IHandleMessages<PickingReported>
    {
        public Task Handle(PickingReported report, IMessageHandlerContext context)
        {
            inbox.Reports.Enqueue(report);
            return Task.CompletedTask;
        }
    }
}
