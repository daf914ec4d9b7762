using System.Text.Json.Nodes;
using Dovetail.Contracts;
using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Loyalty;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Loyalty;

[TestClass]
public sealed class LoyaltyTests(TestContext test)
{
    static readonly Money Price = new(4990m, "RUB");
    static readonly IReadOnlyList<PricedLine> Lines = [new("1", "RING-17", "Ring", 1, Price, Money.Zero("RUB"), Price)];
    static readonly ReservePoints Reserve = new("A-1", "CARD-1", 100m, Lines, "A-1/points/1");
    static readonly ReleasePoints Release = new("A-1", "CARD-1", "A-1/points-release/1");
    static readonly AccruePoints Accrue = new("A-1", "CARD-1", Lines, new(4890m, "RUB"), "A-1/accrue/1");

    // The connector's own repetitions would hide what the handler does.
    static readonly (string, string?)[] Once = [("Loyalty:Loymax:Retries", "0")];
    static readonly (string, string?)[] Impatient = [.. Once, ("Loyalty:Loymax:Timeout", "00:00:02")];

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Points_are_set_aside_spent_and_earned()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var loyalty = host.Connect(LoyaltyEndpoint.AddServices);

        Assert.AreEqual(new PointsReserved("A-1", 100m, Reserve.OperationId), await Reply<ReservePointsHandler, ReservePoints>(loyalty, Reserve));
        Assert.AreEqual(900m, await Balance(host));
        Assert.AreEqual(new PointsAccrued("A-1", 244.50m), await Reply<AccruePointsHandler, AccruePoints>(loyalty, Accrue));
        Assert.AreEqual(1144.50m, await Balance(host));
        Assert.AreEqual("Confirmed", (string)(await Purchase(host))["state"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Points_set_aside_are_given_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var loyalty = host.Connect(LoyaltyEndpoint.AddServices);
        await Reply<ReservePointsHandler, ReservePoints>(loyalty, Reserve);

        Assert.AreEqual(new PointsReleased("A-1", Release.OperationId), await Reply<ReleasePointsHandler, ReleasePoints>(loyalty, Release));
        Assert.AreEqual(new PointsReleased("A-1", "A-1/points-release/2"), await Reply<ReleasePointsHandler, ReleasePoints>(loyalty, Release with { OperationId = "A-1/points-release/2" }));

        Assert.AreEqual(1000m, await Balance(host));
        Assert.AreEqual("Canceled", (string)(await Purchase(host))["state"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Points_that_were_never_set_aside_count_as_given_back()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var loyalty = host.Connect(LoyaltyEndpoint.AddServices);

        Assert.AreEqual(new PointsReleased("A-1", Release.OperationId), await Reply<ReleasePointsHandler, ReleasePoints>(loyalty, Release));
        Assert.AreEqual(new PointsReleased("A-2", "A-2/points-release/1"), await Reply<ReleasePointsHandler, ReleasePoints>(loyalty, new("A-2", "nobody", "A-2/points-release/1")));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_without_points_earns_on_its_whole_price()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        Assert.AreEqual(
            new PointsAccrued("A-1", 249.50m),
            await Reply<AccruePointsHandler, AccruePoints>(host.Connect(LoyaltyEndpoint.AddServices), Accrue with { Paid = Price }));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("nobody", 100, "the loyalty card is unknown")]
    [DataRow("CARD-BLOCKED", 100, "the loyalty card is blocked")]
    [DataRow("CARD-1", 1001, "there are not that many points on the card")]
    [DataRow("CARD-1", 5000, "the loyalty programme does not take that many points for this order")]
    public async Task A_no_is_an_answer_and_stays_the_same(string card, int points, string reason)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var command = Reserve with { LoyaltyCard = card, Points = points };

        for (var n = 0; n < 2; n++)
            Assert.AreEqual(new PointsRefused("A-1", reason, command.OperationId), await Reply<ReservePointsHandler, ReservePoints>(host.Connect(LoyaltyEndpoint.AddServices), command));

        Assert.IsEmpty(await host.Documents("loymax", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    [DataRow(nameof(LeverEffect.Silent))]
    [DataRow(nameof(LeverEffect.SilentAfter))]
    public async Task Whatever_is_lost_on_the_way_points_move_once(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        foreach (var step in new[] { "/A-1/Bonus/Payment", "/A-1/Confirm", "/A-2/Cancel" })
            host.Pull(new("loymax", Enum.Parse<LeverEffect>(fault), Call: step, Times: 1));

        Assert.AreEqual(new PointsReserved("A-1", 100m, Reserve.OperationId), await AfterFailure<ReservePointsHandler, ReservePoints>(host, Reserve));
        host.Pull(new("loymax", Enum.Parse<LeverEffect>(fault), Call: "/A-1/Bonus", Times: 1));
        Assert.AreEqual(new PointsAccrued("A-1", 244.50m), await AfterFailure<AccruePointsHandler, AccruePoints>(host, Accrue, failures: 2));
        Assert.AreEqual(1144.50m, await Balance(host));

        await Reply<ReservePointsHandler, ReservePoints>(host.Connect(LoyaltyEndpoint.AddServices), Reserve with { OrderId = "A-2", OperationId = "A-2/points/1" });
        Assert.AreEqual(new PointsReleased("A-2", "A-2/release/1"), await AfterFailure<ReleasePointsHandler, ReleasePoints>(host, Release with { OrderId = "A-2", OperationId = "A-2/release/1" }));
        Assert.AreEqual(1144.50m, await Balance(host));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_was_settled_by_hand_is_not_asked_for_by_a_copy_that_is_retried()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var loyalty = host.Connect(LoyaltyEndpoint.AddServices, Once);
        await Reply<ReservePointsHandler, ReservePoints>(loyalty, Reserve);
        foreach (var step in new[] { "/A-1/Bonus", "/A-1/Cancel" }) host.Pull(new("loymax", LeverEffect.FailBefore, Call: step, Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Reply<AccruePointsHandler, AccruePoints>(loyalty, Accrue));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Reply<ReleasePointsHandler, ReleasePoints>(loyalty, Release));

        foreach (var copy in new[] { Accrue with { Settled = true }, Accrue }) Assert.AreEqual(new PointsAccrued("A-1", 0m), await Reply<AccruePointsHandler, AccruePoints>(loyalty, copy));
        foreach (var copy in new[] { Release with { Settled = true }, Release }) Assert.AreEqual(new PointsReleased("A-1", Release.OperationId), await Reply<ReleasePointsHandler, ReleasePoints>(loyalty, copy));

        Assert.AreEqual(900m, await Balance(host));
        Assert.AreEqual("Created", (string)(await Purchase(host))["state"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Calls_for_one_customer_never_overlap_not_even_from_two_processes()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var processes = new[] { host.Connect(LoyaltyEndpoint.AddServices), host.Connect(LoyaltyEndpoint.AddServices) };

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => Reply<ReservePointsHandler, ReservePoints>(
            processes[n % 2], Reserve with { OrderId = $"A-{n}", Points = 10m, OperationId = $"A-{n}/points/1" })));

        Assert.IsTrue(replies.All(reply => reply is PointsReserved));
        Assert.AreEqual(800m, await Balance(host));
        Assert.AreEqual(0, (int)(await Customer(host))["overlaps"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Tokens_that_ran_out_are_renewed()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var loyalty = host.Connect(LoyaltyEndpoint.AddServices);
        await Reply<ReservePointsHandler, ReservePoints>(loyalty, Reserve);
        clock.Advance(TimeSpan.FromHours(2));

        Assert.AreEqual(new PointsReleased("A-1", Release.OperationId), await Reply<ReleasePointsHandler, ReleasePoints>(loyalty, Release));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Wrong_credentials_go_to_a_person_and_show_in_the_health_check()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var wrong = host.Connect(LoyaltyEndpoint.AddServices, ("Loyalty:Loymax:ClientId", "wrong"));

        await Assert.ThrowsExactlyAsync<RejectedException>(() => Recording.Of<ReservePointsHandler, ReservePoints>(wrong, Reserve, test.CancellationToken));

        Assert.AreEqual(HealthStatus.Unhealthy, (await Health(wrong)).Status);
        Assert.AreEqual(HealthStatus.Healthy, (await Health(host.Connect(LoyaltyEndpoint.AddServices))).Status);
    }

    /// <summary>The first attempts fail, at least so many and each in a process of its own; after the one that does not, the message comes once more.</summary>
    async Task<object> AfterFailure<THandler, TMessage>(SandboxHost host, TMessage message, int failures = 1) where THandler : IHandleMessages<TMessage>
    {
        for (var failed = 0; ; failed++)
        {
            try
            {
                var reply = await Reply<THandler, TMessage>(host.Connect(LoyaltyEndpoint.AddServices, Impatient), message);
                Assert.IsGreaterThanOrEqualTo(failures, failed);
                Assert.AreEqual(reply, await Reply<THandler, TMessage>(host.Connect(LoyaltyEndpoint.AddServices), message));
                return reply;
            }
            catch (Exception lost) when (lost is HttpRequestException or TimeoutException)
            {
            }
        }
    }

    async Task<object> Reply<THandler, TMessage>(IServiceProvider loyalty, TMessage message) where THandler : IHandleMessages<TMessage> =>
        Assert.ContainsSingle((await Recording.Of<THandler, TMessage>(loyalty, message, test.CancellationToken)).Replies);

    async Task<JsonNode> Purchase(SandboxHost host) => Assert.ContainsSingle(await host.Documents("loymax", "A-1", test.CancellationToken))!;

    async Task<JsonNode> Customer(SandboxHost host) => Assert.ContainsSingle(await host.Documents("loymax-customers", "CARD-1", test.CancellationToken))!;

    async Task<decimal> Balance(SandboxHost host) => (decimal)(await Customer(host))["balance"]!;

    Task<HealthReport> Health(IServiceProvider services) => services.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken);
}
