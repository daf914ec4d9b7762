using System.Text.Json.Nodes;
using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Contracts.Orders;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Oms;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Tests.Oms;

[TestClass]
public sealed class OmsTests(TestContext test)
{
    static readonly CheckPicking Check = new("A-1");
    static readonly CancelOmsOrder Cancel = new("A-1", "the customer changed their mind", "A-1/oms-cancel/1");
    static readonly MarkOrderShipped Shipped = new("A-1", "1106321645", "A-1/oms-shipped/1");
    static readonly MarkOrderComplete Complete = new("A-1", "A-1/oms-complete/1");
    static readonly (string, string?)[] Impatient = [("Oms:RetailCrm:Timeout", "00:00:02")];

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_is_registered_picked_shipped_and_completed()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var oms = host.Connect(OmsEndpoint.AddServices);

        var registered = await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(oms, Register());
        Assert.AreEqual((string)(await Document(host))["members"]!["number"]!, registered.OmsNumber);
        Assert.AreEqual(PickingState.InProgress, (await Reply<CheckPickingHandler, CheckPicking, PickingReported>(oms, Check)).State);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.AreEqual(PickingState.Picked, (await Reply<CheckPickingHandler, CheckPicking, PickingReported>(oms, Check)).State);

        await Tell<MarkOrderShippedHandler, MarkOrderShipped>(oms, Shipped);
        var document = await Document(host);
        Assert.AreEqual("delivering", (string)document["status"]!);
        Assert.AreEqual("1106321645", (string)document["members"]!["delivery"]!["data"]!["trackNumber"]!);
        Assert.AreEqual("paid", (string)Assert.ContainsSingle(document["members"]!["payments"]!.AsObject()).Value!["status"]!);

        await Tell<MarkOrderCompleteHandler, MarkOrderComplete>(oms, Complete);
        Assert.AreEqual("complete", (string)(await Document(host))["status"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_order_arrives_with_all_that_the_people_there_need()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(host.Connect(OmsEndpoint.AddServices), Register());

        var order = (await Document(host))["members"]!;
        Assert.AreEqual("Anna", (string)order["firstName"]!);
        Assert.AreEqual("Orlova", (string)order["lastName"]!);
        Assert.AreEqual("Saint Petersburg", (string)order["delivery"]!["address"]!["city"]!);
        Assert.AreEqual("RING-17", (string)order["items"]![0]!["offer"]!["externalId"]!);
        Assert.AreEqual(9990m, (decimal)Assert.ContainsSingle(order["payments"]!.AsObject()).Value!["amount"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    [DataRow(nameof(LeverEffect.Silent))]
    [DataRow(nameof(LeverEffect.SilentAfter))]
    public async Task Whatever_is_lost_on_the_way_there_is_one_order_and_it_is_cancelled_once(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        foreach (var step in new[] { "/orders/create", "/edit" })
            host.Pull(new("retailcrm", Enum.Parse<LeverEffect>(fault), Match: "A-1", Call: step, Times: 1));

        await AfterFailure<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(host, Register());
        await AfterFailure<CancelOmsOrderHandler, CancelOmsOrder, OmsOrderCancelled>(host, Cancel);

        var document = await Document(host);
        Assert.AreEqual("cancel-other", (string)document["status"]!);
        Assert.ContainsSingle(document["history"]!.AsArray().Where(change => (string?)change!["newValue"] == "cancel-other"));
        Assert.AreEqual(Cancel.Reason, (string)document["members"]!["statusComment"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.FailAfter))]
    public async Task A_shipped_order_is_marked_completely_however_often_it_is_tried(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var oms = host.Connect(OmsEndpoint.AddServices);
        await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(oms, Register());
        foreach (var step in new[] { "/orders/payments", "/orders/A-1/edit" })
            host.Pull(new("retailcrm", Enum.Parse<LeverEffect>(fault), Call: step, Times: 1));

        var failures = 0;
        for (var done = false; !done;)
        {
            try
            {
                await Tell<MarkOrderShippedHandler, MarkOrderShipped>(oms, Shipped);
                done = true;
            }
            catch (HttpRequestException)
            {
                failures++;
            }
        }

        await Tell<MarkOrderShippedHandler, MarkOrderShipped>(oms, Shipped);
        var document = await Document(host);
        Assert.AreEqual(2, failures);
        Assert.ContainsSingle(document["history"]!.AsArray().Where(change => (string?)change!["newValue"] == "delivering"));
        Assert.ContainsSingle(document["history"]!.AsArray().Where(change => (string?)change!["newValue"] == "paid"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Goods_that_are_gone_are_named_by_line()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var oms = host.Connect(OmsEndpoint.AddServices);
        await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(oms, Register("RING-17", "GONE-1"));
        host.Pull(new("retailcrm", LeverEffect.OutOfStock, Match: "A-2"));
        await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(oms, Register("RING-17") with { OrderId = "A-2", OperationId = "A-2/oms/1" });

        clock.Advance(TimeSpan.FromSeconds(2));

        var first = await Reply<CheckPickingHandler, CheckPicking, PickingReported>(oms, Check);
        Assert.AreEqual(PickingState.OutOfStock, first.State);
        Assert.AreSequenceEqual(["2"], first.MissingLines);
        var second = await Reply<CheckPickingHandler, CheckPicking, PickingReported>(oms, new("A-2"));
        Assert.AreEqual(PickingState.OutOfStock, second.State);
        Assert.AreSequenceEqual(["1"], second.MissingLines);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_that_is_refused_stays_refused()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var oms = host.Connect(OmsEndpoint.AddServices);
        host.Pull(new("retailcrm", LeverEffect.Refuse, Match: "A-1", Times: 1, Reason: "the shop is closed"));

        var refused = await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRefused>(oms, Register());

        Assert.AreEqual(new OmsOrderRefused("A-1", "Validation error; order: the shop is closed", "A-1/oms/1"), refused);
        Assert.AreEqual(refused, await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRefused>(oms, Register()));
        Assert.IsEmpty(await host.Documents("retailcrm", "A-1", test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_that_never_reached_the_oms_counts_as_cancelled()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);

        await Reply<CancelOmsOrderHandler, CancelOmsOrder, OmsOrderCancelled>(host.Connect(OmsEndpoint.AddServices), Cancel);

        Assert.IsEmpty(await host.Documents("retailcrm", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Cancelling_stops_the_picking_and_nothing_brings_the_order_back()
    {
        var clock = new ManualClock();
        await using var host = await SandboxHost.Start(test.CancellationToken, clock);
        var oms = host.Connect(OmsEndpoint.AddServices);
        await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(oms, Register());

        await Reply<CancelOmsOrderHandler, CancelOmsOrder, OmsOrderCancelled>(oms, Cancel);
        clock.Advance(TimeSpan.FromSeconds(5));
        await Tell<MarkOrderShippedHandler, MarkOrderShipped>(oms, Shipped);
        await Tell<MarkOrderCompleteHandler, MarkOrderComplete>(oms, Complete);

        Assert.AreEqual(PickingState.Cancelled, (await Reply<CheckPickingHandler, CheckPicking, PickingReported>(oms, Check)).State);
        Assert.AreEqual("cancel-other", (string)(await Document(host))["status"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_late_message_never_moves_an_order_backwards()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var oms = host.Connect(OmsEndpoint.AddServices);
        await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(oms, Register());

        await Tell<MarkOrderCompleteHandler, MarkOrderComplete>(oms, Complete);
        await Tell<MarkOrderShippedHandler, MarkOrderShipped>(oms, Shipped);

        Assert.AreEqual("complete", (string)(await Document(host))["status"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("complete")]
    [DataRow("cancel-other")]
    public async Task Messages_handled_at_once_do_not_take_back_each_other(string end)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var oms = host.Connect(OmsEndpoint.AddServices);
        await Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(oms, Register());

        // "Shipped" has looked at the order, and its change is long on its way.
        host.Pull(new("retailcrm", LeverEffect.Slow, Call: "/orders/A-1/edit", Times: 1, Delay: TimeSpan.FromSeconds(1)));
        var shipping = Tell<MarkOrderShippedHandler, MarkOrderShipped>(oms, Shipped);
        while (host.Services.GetRequiredService<Levers>().All().Count > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, test.CancellationToken);
        await Task.WhenAll(shipping, end == "complete"
            ? Tell<MarkOrderCompleteHandler, MarkOrderComplete>(oms, Complete)
            : Reply<CancelOmsOrderHandler, CancelOmsOrder, OmsOrderCancelled>(oms, Cancel));

        Assert.AreEqual(end, (string)(await Document(host))["status"]!);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hundred_orders_at_once_some_twice_are_registered_once_each()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var processes = new[] { host.Connect(OmsEndpoint.AddServices), host.Connect(OmsEndpoint.AddServices) };

        var registered = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => Reply<RegisterOrderHandler, RegisterOrder, OmsOrderRegistered>(
            processes[n % 2], Register() with { OrderId = $"A-{n / 2}", OperationId = $"A-{n / 2}/oms/1" })));

        Assert.HasCount(100, registered.Select(order => order.OmsNumber).Distinct());
        Assert.HasCount(100, await host.Documents("retailcrm", null, test.CancellationToken));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_wrong_key_goes_to_a_person_and_shows_in_the_health_check()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var wrong = host.Connect(OmsEndpoint.AddServices, ("Oms:RetailCrm:ApiKey", "wrong"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => Recording.Of<RegisterOrderHandler, RegisterOrder>(wrong, Register(), test.CancellationToken));

        Assert.Contains("Oms:RetailCrm:ApiKey", rejected.Message);
        Assert.AreEqual(HealthStatus.Unhealthy, (await Health(wrong)).Status);
        Assert.AreEqual(HealthStatus.Healthy, (await Health(host.Connect(OmsEndpoint.AddServices))).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Missing_settings_are_all_named_at_once()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var oms = host.Connect(OmsEndpoint.AddServices, ("Oms:RetailCrm:ApiKey", ""), ("Oms:RetailCrm:Site", null), ("Oms:RetailCrm:RequestsPerSecond", "0"));

        var faults = Assert.ThrowsExactly<OptionsValidationException>(() => oms.GetRequiredService<IOptions<RetailCrmOptions>>().Value).Failures;

        foreach (var key in new[] { "ApiKey", "Site", "RequestsPerSecond" })
            Assert.ContainsSingle(faults.Where(fault => fault.StartsWith($"Oms:RetailCrm:{key} ", StringComparison.Ordinal)));
    }

    internal static RegisterOrder Register(params string[] skus)
    {
        var lines = (skus.Length == 0 ? ["RING-17"] : skus).Select((sku, at) => new PricedLine(
            $"{at + 1}", sku, "Ring", 2, new(4999.5m, "RUB"), new(9m, "RUB"), new(9990m, "RUB"))).ToList();
        return new(
            "A-1", new("C-1", "Anna Orlova", "anna@example.com", "+79990000000"), lines,
            new("RU", "Saint Petersburg", "191186", "Nevsky prospekt 1"), new(9990m * lines.Count, "RUB"), "A-1/oms/1");
    }

    /// <summary>Attempts fail, and each next one is another process's; when one has succeeded, the message comes once more.</summary>
    async Task AfterFailure<THandler, TMessage, TReply>(SandboxHost host, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                var reply = await Reply<THandler, TMessage, TReply>(host.Connect(OmsEndpoint.AddServices, Impatient), message);
                Assert.IsGreaterThan(0, failures);
                Assert.AreEqual(reply, await Reply<THandler, TMessage, TReply>(host.Connect(OmsEndpoint.AddServices), message));
                return;
            }
            catch (Exception lost) when (lost is HttpRequestException or TimeoutException)
            {
            }
        }
    }

    async Task<TReply> Reply<THandler, TMessage, TReply>(IServiceProvider oms, TMessage message) where THandler : IHandleMessages<TMessage>
    {
        var recording = await Recording.Of<THandler, TMessage>(oms, message, test.CancellationToken);
        return Assert.IsInstanceOfType<TReply>(Assert.ContainsSingle(recording.Replies));
    }

    async Task Tell<THandler, TMessage>(IServiceProvider oms, TMessage message) where THandler : IHandleMessages<TMessage> =>
        Assert.IsEmpty((await Recording.Of<THandler, TMessage>(oms, message, test.CancellationToken)).Replies);

    async Task<JsonNode> Document(SandboxHost host) => Assert.ContainsSingle(await host.Documents("retailcrm", "A-1", test.CancellationToken))!;

    Task<HealthReport> Health(IServiceProvider services) => services.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken);
}
