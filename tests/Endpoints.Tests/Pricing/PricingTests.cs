using Dovetail.Contracts;
using Dovetail.Contracts.Orders;
using Dovetail.Contracts.Pricing.Commands;
using Dovetail.Contracts.Pricing.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Pricing;
using Dovetail.Endpoints.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Pricing;

[TestClass]
public sealed class PricingTests(TestContext test)
{
    static readonly PriceOrder Order = new(
        "A-1", "C-1", [new("1", "SKU-1", "Ring", 3, Rub(3333.33m)), new("2", "SKU-2", "Box", 1, Rub(0.05m))], "A-1/price/1");

    // The connector's own repetitions would hide what the handler does.
    static readonly (string, string?)[] Once = [("Pricing:Mindbox:Retries", "0")];
    static readonly (string, string?)[] Impatient = [.. Once, ("Pricing:Mindbox:Timeout", "00:00:02")];

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task An_order_costs_the_sum_of_its_lines()
    {
        var priced = (OrderPriceCalculated)await Price(Order);

        Assert.AreEqual(Rub(10_000.04m), priced.Total);
        Assert.AreEqual(new PricedLine("1", "SKU-1", "Ring", 3, Rub(3333.33m), Rub(0), Rub(9999.99m)), priced.Lines[0]);
        Assert.AreEqual(new PricedLine("2", "SKU-2", "Box", 1, Rub(0.05m), Rub(0), Rub(0.05m)), priced.Lines[1]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_line_that_comes_back_split_is_one_line_again()
    {
        // 10 % off 9999.99 is 8999.99, which three pieces do not share evenly.
        var priced = (OrderPriceCalculated)await Price(Order with { CustomerId = "VIP-1" });

        Assert.HasCount(2, priced.Lines);
        Assert.AreEqual((3, Rub(8999.99m), Rub(1000.00m)), (priced.Lines[0].Quantity, priced.Lines[0].Total, priced.Lines[0].Discount));
        Assert.AreEqual(priced.Total.Amount, priced.Lines.Sum(line => line.Total.Amount));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("BLOCKED-1", "the customer's discount card is blocked")]
    [DataRow("UNKNOWN-1", null)]
    public async Task A_blocked_card_is_a_no_and_an_unknown_customer_pays_the_full_price(string customer, string? reason)
    {
        var reply = await Price(Order with { CustomerId = customer });

        if (reason is null)
            Assert.AreEqual(Rub(10_000.04m), ((OrderPriceCalculated)reply).Total);
        else
            Assert.AreEqual(new OrderPriceRefused("A-1", reason, Order.OperationId), reply);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task What_Mindbox_finds_invalid_is_told_with_its_place()
    {
        var reply = (OrderPriceRefused)await Price(Order with { Lines = [new("1", "SKU-1", "Ring", 1, Rub(1.001m))] });

        Assert.Contains("two decimals at most (/order/lines/0/basePricePerItem)", reply.Reason);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Two_currencies_in_one_order_are_refused()
    {
        var reply = await Price(Order with { Lines = [Order.Lines[0], Order.Lines[1] with { UnitPrice = new(1, "EUR") }] });

        Assert.AreEqual(new OrderPriceRefused("A-1", "the lines are in different currencies: RUB, EUR", Order.OperationId), reply);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow(nameof(LeverEffect.FailBefore))]
    [DataRow(nameof(LeverEffect.Silent))]
    public async Task A_failing_or_silent_Mindbox_is_asked_again(string fault)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Pull(new Lever("mindbox", Enum.Parse<LeverEffect>(fault), Match: "A-1", Times: 1));

        await Assert.ThrowsAsync<Exception>(() => Recording.Of<PriceOrderHandler, PriceOrder>(host.Connect(PricingEndpoint.AddServices, Impatient), Order, test.CancellationToken));
        var again = await Recording.Of<PriceOrderHandler, PriceOrder>(host.Connect(PricingEndpoint.AddServices, Once), Order, test.CancellationToken);

        Assert.IsInstanceOfType<OrderPriceCalculated>(Assert.ContainsSingle(again.Replies));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hiccup_is_bridged_by_the_connector()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        host.Pull(new Lever("mindbox", LeverEffect.FailBefore, Times: 1));
        var pricing = host.Connect(PricingEndpoint.AddServices, ("Pricing:Mindbox:RetryDelay", "00:00:00.01"));

        var recording = await Recording.Of<PriceOrderHandler, PriceOrder>(pricing, Order, test.CancellationToken);

        Assert.IsInstanceOfType<OrderPriceCalculated>(Assert.ContainsSingle(recording.Replies));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_wrong_key_is_a_matter_for_a_person()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var pricing = host.Connect(PricingEndpoint.AddServices, ("Pricing:Mindbox:SecretKey", "stolen"));

        var rejected = await Assert.ThrowsExactlyAsync<RejectedException>(
            () => Recording.Of<PriceOrderHandler, PriceOrder>(pricing, Order, test.CancellationToken));

        Assert.Contains("401 ProtocolError", rejected.Message);
        Assert.DoesNotContain("stolen", rejected.Message);
        Assert.AreEqual(HealthStatus.Unhealthy, (await pricing.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken)).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_health_check_sees_Mindbox()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var pricing = host.Connect(PricingEndpoint.AddServices);

        Assert.AreEqual(HealthStatus.Healthy, (await pricing.GetRequiredService<HealthCheckService>().CheckHealthAsync(test.CancellationToken)).Status);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Missing_settings_are_all_named_at_once()
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var pricing = host.Connect(PricingEndpoint.AddServices, ("Pricing:Mindbox:SecretKey", null), ("Pricing:Mindbox:Operation", ""));

        var faults = Assert.ThrowsExactly<OptionsValidationException>(() => pricing.GetRequiredService<IOptions<MindboxOptions>>().Value);

        Assert.AreEqual("Pricing:Mindbox:SecretKey is not set.|Pricing:Mindbox:Operation is not set.", string.Join('|', faults.Failures));
    }

    async Task<object> Price(PriceOrder order)
    {
        await using var host = await SandboxHost.Start(test.CancellationToken);
        var recording = await Recording.Of<PriceOrderHandler, PriceOrder>(host.Connect(PricingEndpoint.AddServices), order, test.CancellationToken);
        return Assert.ContainsSingle(recording.Replies);
    }

    static Money Rub(decimal amount) => new(amount, "RUB");
}
