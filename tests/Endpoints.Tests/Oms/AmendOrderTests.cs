using System.Text.Json.Nodes;
using Dovetail.Contracts;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Oms;
using Dovetail.Endpoints.Sandbox;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Oms;

[TestClass]
public sealed class AmendOrderTests(TestContext test)
{
    /// <summary>Line 1 is there, line 2 is gone, and line 2.1 comes in its place.</summary>
    static readonly AmendOrder Amend = new("A-1", [Line("1", "RING-17", 9990m), Line("2.1", "RING-18", 7990m)], new(17_980m, "RUB"), "A-1/oms-amend/1");

    readonly ManualClock _clock = new();

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_was_missing_is_replaced_and_the_order_is_picked()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var oms = await OutOfStock(host);

        Assert.AreEqual(new OmsOrderAmended("A-1", "A-1/oms-amend/1"), await Reply<AmendOrderHandler, AmendOrder>(oms, Amend));

        Assert.AreEqual(PickingState.InProgress, (await Picking(oms)).State);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.AreEqual(PickingState.Picked, (await Picking(oms)).State);
        var order = (await Document(host))["members"]!;
        Assert.AreEqual("completed out-of-stock* completed", string.Join(' ', order["items"]!.AsArray().Select(item => (string)item!["status"]! + ((bool?)item["isCanceled"] == true ? "*" : ""))));
        Assert.AreEqual("RING-18", (string)order["items"]![2]!["offer"]!["externalId"]!);
        Assert.AreEqual(17_980m, (decimal)Assert.ContainsSingle(order["payments"]!.AsObject()).Value!["amount"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_line_that_is_dropped_is_not_picked_and_not_paid_for()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var oms = await OutOfStock(host);

        await Reply<AmendOrderHandler, AmendOrder>(oms, Amend with { Lines = [Amend.Lines[0]], Total = Amend.Lines[0].Total });

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.AreEqual(PickingState.Picked, (await Picking(oms)).State);
        using var http = new HttpClient { BaseAddress = new(host.Address, "retailcrm/api/v5/"), DefaultRequestHeaders = { { "X-API-KEY", "sandbox-api-key" } } };
        Assert.AreEqual(9990m, (decimal)JsonNode.Parse(await http.GetStringAsync("orders/A-1", test.CancellationToken))!["order"]!["totalSumm"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_comes_instead_may_be_missing_too()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var oms = await OutOfStock(host);

        await Reply<AmendOrderHandler, AmendOrder>(oms, Amend with { Lines = [Amend.Lines[0], Line("2.1", "GONE-2", 7990m)] });

        _clock.Advance(TimeSpan.FromSeconds(2));
        var report = await Picking(oms);
        Assert.AreEqual(PickingState.OutOfStock, report.State);
        Assert.AreSequenceEqual(["2.1"], report.MissingLines);
        Assert.IsInstanceOfType<OmsOrderAmended>(await Reply<AmendOrderHandler, AmendOrder>(oms, Amend with { Lines = [Amend.Lines[0], Line("2.1.1", "RING-18", 7990m)], OperationId = "A-1/oms-amend/2" }));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.AreEqual(PickingState.Picked, (await Picking(oms)).State);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    [DataRow(nameof(LeverEffect.SilentAfter))]
    public async Task Whatever_is_lost_on_the_way_the_order_is_changed_once(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock, ("Oms:RetailCrm:Timeout", "00:00:02"));
        await OutOfStock(host);
        foreach (var call in new[] { "/orders/A-1/edit", "/orders/payments" })
            host.Pull(new("retailcrm", Enum.Parse<LeverEffect>(fault), Call: call, Times: 1));

        object? reply = null;
        var failures = 0;
        while (reply is null)
        {
            try
            {
                // Each attempt is another process's.
                reply = await Reply<AmendOrderHandler, AmendOrder>(host.Connect(OmsEndpoint.AddServices), Amend);
            }
            catch (Exception lost) when (lost is HttpRequestException or TimeoutException && !test.CancellationToken.IsCancellationRequested)
            {
                failures++;
            }
        }

        Assert.AreEqual(2, failures);
        Assert.AreEqual(new OmsOrderAmended("A-1", "A-1/oms-amend/1"), reply);
        Assert.AreEqual(reply, await Reply<AmendOrderHandler, AmendOrder>(host.Connect(OmsEndpoint.AddServices), Amend));
        var document = await Document(host);
        Assert.HasCount(3, document["members"]!["items"]!.AsArray());
        Assert.AreEqual(17_980m, (decimal)Assert.ContainsSingle(document["members"]!["payments"]!.AsObject()).Value!["amount"]!);
        Assert.HasCount(2, document["history"]!.AsArray().Where(change => (string?)change!["newValue"] == "send-to-assembling"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_change_whose_answer_was_lost_is_not_made_again_over_what_the_warehouse_did_since()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var oms = await OutOfStock(host);
        host.Pull(new("retailcrm", LeverEffect.FailAfter, Call: "/orders/A-1/edit", Times: 1));
        await Assert.ThrowsExactlyAsync<HttpRequestException>(() => Reply<AmendOrderHandler, AmendOrder>(oms, Amend));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.AreEqual(PickingState.Picked, (await Picking(oms)).State);

        Assert.IsInstanceOfType<OmsOrderAmended>(await Reply<AmendOrderHandler, AmendOrder>(oms, Amend));

        Assert.AreEqual(PickingState.Picked, (await Picking(oms)).State);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_that_was_cancelled_meanwhile_is_refused_and_stays_refused()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var oms = await OutOfStock(host);

        // Goods that are missing count as a cancelled order there; this time a person means it.
        using var http = new HttpClient { BaseAddress = new(host.Address, "retailcrm/api/v5/"), DefaultRequestHeaders = { { "X-API-KEY", "sandbox-api-key" } } };
        using var form = new FormUrlEncodedContent([new("order", """{"status":"cancel-other"}""")]);
        (await http.PostAsync("orders/A-1/edit", form, test.CancellationToken)).EnsureSuccessStatusCode();

        var refused = Assert.IsInstanceOfType<OmsOrderRefused>(await Reply<AmendOrderHandler, AmendOrder>(oms, Amend));
        Assert.AreEqual("A-1/oms-amend/1", refused.OperationId);
        Assert.Contains("cancel-other", refused.Reason);
        Assert.AreEqual(refused, await Reply<AmendOrderHandler, AmendOrder>(oms, Amend));
        Assert.HasCount(2, (await Document(host))["members"]!["items"]!.AsArray());
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_the_account_will_not_take_is_refused_in_its_own_words()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken, _clock);
        var oms = await OutOfStock(host);
        host.Pull(new("retailcrm", LeverEffect.Refuse, Call: "/edit", Times: 1, Reason: "the offer is not for sale"));

        var refused = await Reply<AmendOrderHandler, AmendOrder>(oms, Amend);

        Assert.AreEqual(new OmsOrderRefused("A-1", "Validation error; order: the offer is not for sale", "A-1/oms-amend/1"), refused);
        Assert.AreEqual(refused, await Reply<AmendOrderHandler, AmendOrder>(oms, Amend));
    }

    [TestMethod]
    [DataRow("no-product", "cancel", false, null)]
    [DataRow("offer-analog", "approval", false, null)]
    [DataRow("assembling-complete", "assembling", false, null)]
    [DataRow("cancel-other", "cancel", true, "somebody cancelled")]
    [DataRow("delivering", "delivery", false, "has left the warehouse")]
    [DataRow("delivering", "delivery", true, null)]
    public void Whether_an_order_can_be_changed_depends_on_where_it_stands(string status, string group, bool isChanged, string? expected)
    {
        var reason = AmendOrderHandler.Refusal(Amend, new() { Id = 7, Status = status, Group = group }, isChanged);

        if (expected is null) Assert.IsNull(reason);
        else Assert.Contains(expected, reason!);
    }

    [TestMethod]
    public void A_line_that_was_replaced_is_no_line_of_the_order_even_if_its_old_mark_stays()
    {
        var former = new OmsItem("out-of-stock", 2, [new(OmsItem.LineIdCode, "2"), new(OmsItem.FormerLineCode, "2")]);

        Assert.IsNull(former.LineId);
        Assert.AreSequenceEqual([], CheckPickingHandler.Report(new("A-1"), new() { Id = 7, Status = "no-product", Group = "cancel", Items = [former] }).MissingLines);
    }

    static PricedLine Line(string id, string sku, decimal total) => new(id, sku, "Ring", 2, new(total / 2, "RUB"), Money.Zero("RUB"), new(total, "RUB"));

    /// <summary>An order with two lines, the second of which is found missing.</summary>
    async Task<IServiceProvider> OutOfStock(SandboxHost host)
    {
        var oms = host.Connect(OmsEndpoint.AddServices);
        await Reply<RegisterOrderHandler, RegisterOrder>(oms, OmsTests.Register("RING-17", "GONE-1"));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.AreSequenceEqual(["2"], (await Picking(oms)).MissingLines);
        return oms;
    }

    async Task<PickingReported> Picking(IServiceProvider oms) => (PickingReported)await Reply<CheckPickingHandler, CheckPicking>(oms, new("A-1"));

    async Task<object> Reply<THandler, TMessage>(IServiceProvider oms, TMessage message) where THandler : IHandleMessages<TMessage> =>
        Assert.ContainsSingle((await Recording.Of<THandler, TMessage>(oms, message, test.CancellationToken)).Replies);

    async Task<JsonNode> Document(SandboxHost host) => Assert.ContainsSingle(await host.Documents("retailcrm", "A-1", test.CancellationToken))!;
}
