using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class GatewayOptionsTests(TestContext test)
{
    [TestMethod]
    public void Without_more_than_the_necessary_the_rest_has_defaults()
    {
        var options = GatewayOptions.Read(Sound());

        Assert.AreEqual(new Uri("http://127.0.0.1:5001/"), options.Destinations["Shop"].Single());
        Assert.AreEqual(64 * 1024, options.MaxBodyBytes);
        Assert.AreEqual(TimeSpan.FromSeconds(30), options.RequestTimeout);
        Assert.AreEqual(new TokenLimit(200, 50), options.ClientLimit);
        Assert.IsEmpty(options.TrustedProxies);
    }

    [TestMethod]
    public void A_cluster_may_have_several_addresses()
    {
        var options = GatewayOptions.Read(Sound(("Gateway:Destinations:Shop", "http://10.0.0.1:5001; https://10.0.0.2/base")));

        Assert.AreEqual("http://10.0.0.1:5001/ https://10.0.0.2/base", string.Join(' ', options.Destinations["Shop"]));
    }

    [TestMethod]
    public void Nothing_set_is_answered_with_all_that_is_missing()
    {
        var faults = FaultsOf(new ConfigurationBuilder().Build());

        string[] keys = [.. GatewayRole.Behind.Select(role => $"Gateway:Destinations:{role}"), "Gateway:Database", "Gateway:DataProtectionKeys", "Identity:SigningKey"];
        Assert.HasCount(keys.Length, faults);
        foreach (var key in keys)
            Assert.ContainsSingle(fault => fault.StartsWith($"{key} is missing; give ", StringComparison.Ordinal), faults);
    }

    [TestMethod]
    [DataRow("Gateway:Destinations:Shop", "localhost:5001", "holds 'localhost:5001'; give one or more base addresses such as 'http://127.0.0.1:5001")]
    [DataRow("Gateway:Destinations:Shop", "http://user:pw@host/", "give one or more base addresses")]
    [DataRow("Gateway:Destinations:Shopp", "http://127.0.0.1:5001", "is set, but no route leads there; give one of Shop, Tracking, ")]
    [DataRow("Gateway:Database", "Data Source=:memory:", "cannot be used; give the connection string of a SQLite file")]
    [DataRow("Gateway:Database", "Host=pg;Passwort=secret", "cannot be used; give the connection string of a SQLite file")]
    [DataRow("Identity:SigningKey", "short", "has 5 bytes; give a random text of at least 32 bytes")]
    [DataRow("Gateway:TrustedProxies", "10.0.0.0/8;proxy", "holds 'proxy'; give networks such as")]
    [DataRow("Gateway:RequestTimeout", "30", "is '30'; give a value from 00:00:00.0500000 to 00:10:00, or leave it out for 00:00:30")]
    [DataRow("Gateway:MaxConcurrentRequests", "0", "is '0'; give a value from 1 to 100000")]
    [DataRow("Gateway:MaxBodyBytes", "64 KB", "is '64 KB'; give a value from 1024 to")]
    [DataRow("Gateway:MaxBodyByte", "65536", "is not known; give one of Destinations, Database, ")]
    [DataRow("Gateway:ClientLimit:Bursts", "5", "is not known; give one of Burst, PerSecond, or remove it")]
    [DataRow("Identity:SigningKeys", "x", "is not known; give one of SigningKey")]
    [DataRow("Gateway:ClientLimit:PerSecond", "0", "is '0'; give a value from 0.001 to")]
    public void A_wrong_setting_is_named_with_what_would_be_right(string key, string value, string fault)
    {
        var faults = FaultsOf(Sound((key, value)));

        Assert.HasCount(1, faults);
        Assert.StartsWith(key, faults[0]);
        Assert.Contains(fault, faults[0]);
        Assert.DoesNotContain("secret", faults[0]);
    }

    [TestMethod]
    public void Several_wrong_settings_are_told_together()
    {
        var faults = FaultsOf(Sound(("Gateway:MaxBodyBytes", "-1"), ("Gateway:ProbeInterval", "soon"), ("Gateway:Destinations:Tracking", "")));

        Assert.HasCount(3, faults);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task With_wrong_settings_the_gateway_does_not_start()
    {
        await Assert.ThrowsExactlyAsync<OptionsValidationException>(async () =>
        {
            await using var gateway = await TestGateway.Start(test.CancellationToken, ("Gateway:MaxBodyBytes", "-1"));
        });
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_changed_destination_and_limit_are_followed_without_a_restart()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);
        await using var moved = await TestUpstream.Start("moved", test.CancellationToken);

        gateway.Configuration["Gateway:Destinations:Shop"] = moved.Address;
        gateway.Configuration["Gateway:ClientLimit:Burst"] = "7";
        gateway.Configuration.Reload();
        using var response = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual("moved", await response.Content.ReadAsStringAsync(test.CancellationToken));
        Assert.Contains("q=7", TestGateway.Header(response, "RateLimit-Policy"));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_change_of_what_others_read_changes_nothing_here()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        gateway.Configuration["Hooks:PublicAddress"] = "http://localhost:8080";
        gateway.Configuration.Reload();

        Assert.DoesNotContain(line => line.Contains("changed settings", StringComparison.Ordinal), gateway.Logs);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_change_with_a_fault_is_reported_and_the_former_settings_stay()
    {
        await using var gateway = await TestGateway.Start(test.CancellationToken);

        gateway.Configuration["Gateway:Destinations:Shop"] = "nowhere";
        gateway.Configuration.Reload();
        using var response = await gateway.Get("/v1/orders", TestGateway.ShopKey);

        Assert.AreEqual("shop", await response.Content.ReadAsStringAsync(test.CancellationToken));
        Assert.Contains(line => line.StartsWith("Error Kept the former settings", StringComparison.Ordinal) && line.Contains("'nowhere'", StringComparison.Ordinal), gateway.Logs);
    }

    internal static IConfiguration Sound(params (string Key, string Value)[] settings)
    {
        var values = new Dictionary<string, string?>(GatewayRole.Behind.Select((role, index) => KeyValuePair.Create($"Gateway:Destinations:{role}", (string?)$"http://127.0.0.1:{5001 + index}")))
        {
            ["Gateway:Database"] = "Data Source=gateway.db",
            ["Gateway:DataProtectionKeys"] = "cookies",
            ["Identity:SigningKey"] = TestUpstream.SigningKey,
        };
        foreach (var (key, value) in settings)
            values[key] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(values).Build();
    }

    static List<string> FaultsOf(IConfiguration configuration) =>
        [.. Assert.ThrowsExactly<OptionsValidationException>(() => GatewayOptions.Read(configuration)).Failures];
}
