using System.Collections.Concurrent;
using System.Net;
using Dovetail.Gateway;
using Dovetail.Hub.Commands;
using Dovetail.Hub.Engines;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Tests.Faults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class StartingTests(TestContext test) : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-start-");

    public void Dispose() => _folder.Delete(recursive: true);

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_second_hub_on_the_same_folder_is_refused_with_a_way_out()
    {
        await using var first = await Start(("Hub:Roles", "sandbox"));

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Start(("Hub:Roles", "sandbox")));

        StringAssert.Contains(refused.Message, _folder.FullName, StringComparison.Ordinal);
        StringAssert.Contains(refused.Message, "--set Hub:Folder=", StringComparison.Ordinal);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_hub_can_start_again_where_another_has_stopped()
    {
        await (await Start(("Hub:Roles", "sandbox"))).DisposeAsync();
        await (await Start(("Hub:Roles", "sandbox"))).DisposeAsync();
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Whoever_gets_in_first_is_known_already()
    {
        var gateway = Scene.FreeAddress();
        using var shop = new HttpClient { BaseAddress = gateway, DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
        var answer = Knock(shop);

        await using var hub = await Start(
        [
            ("Hub:Roles", "gateway"), ("Hub:Addresses:Sandbox", "http://127.0.0.1:9"), ("Sandbox:SmtpPort", "9"), ("Hub:Addresses:Gateway", gateway.ToString()),
            .. GatewayRole.Behind.Select(role => ($"Gateway:Destinations:{role}", "http://127.0.0.1:9")),
        ]);

        Assert.AreNotEqual(HttpStatusCode.Unauthorized, await answer);
    }

    [TestMethod]
    [DataRow("Host=db;Database=dovetail", 100, true)]
    [DataRow("Host=db;MaxAutoPrepare=0;no reset on close=false", 0, false)]
    public void Statements_on_a_server_are_prepared_and_its_connections_kept_as_they_are_unless_the_operator_says_otherwise(string given, int prepared, bool kept)
    {
        using var configuration = HubConfiguration.Read([new("Hub:Folder", _folder.FullName), new("ConnectionStrings:Dovetail", given)]);

        foreach (var key in new[] { "ConnectionStrings:Dovetail", "Gateway:Database", "ServiceControl:Database" })
        {
            var used = new NpgsqlConnectionStringBuilder(configuration[key]);
            Assert.AreEqual(("db", prepared, kept), (used.Host, used.MaxAutoPrepare, used.NoResetOnClose), key);
        }
    }

    [TestMethod]
    [DataRow("amqp://rabbit/dovetail", "RabbitMQ dovetail on rabbit:5672")]
    [DataRow("amqps://shop:secret@rabbit", "RabbitMQ on rabbit:5671")]
    [DataRow("amqp://rabbit:5673/", "RabbitMQ on rabbit:5673")]
    public void A_broker_is_named_with_its_port_and_without_its_password(string address, string name)
    {
        using var configuration = HubConfiguration.Read([new("Hub:Folder", _folder.FullName), new("ConnectionStrings:Dovetail", "Host=db;Database=dovetail"), new("ConnectionStrings:RabbitMQ", address)]);

        Assert.AreEqual(name, Places.Of(configuration).BrokerName);
    }

    [TestMethod]
    public void A_role_may_listen_on_all_addresses_of_a_machine()
    {
        using var configuration = HubConfiguration.Read([new("Hub:Folder", _folder.FullName), new("Hub:Addresses:Sandbox", "http://127.0.0.1:9"), new("Notifications:PublicAddress", "http://localhost:8080"), .. RunningHub.AllRoles.Except(["sandbox"]).Select(role => KeyValuePair.Create($"Hub:Addresses:{role}", (string?)"http://*:8081"))]);

        Assert.IsEmpty(SettingsCheck.Faults(configuration, RunningHub.RolesOf(configuration)).Where(fault => fault.Contains("*:8081", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Every_endpoint_explains_itself_without_being_started()
    {
        using var configuration = HubConfiguration.Read([KeyValuePair.Create("Hub:Folder", (string?)_folder.FullName)]);

        var explained = RoleHost.Endpoints(configuration).Select(BuiltIn.Explain).ToList();

        Assert.HasCount(13, explained);
        StringAssert.Contains(explained.Single(text => text.StartsWith("Sagas", StringComparison.Ordinal)), "saga OrderFulfilment, which it may start", StringComparison.Ordinal);
        var sending = explained.Where(text => !text.Contains("then to error", StringComparison.Ordinal)).Select(text => text[..5].TrimEnd());
        Assert.AreEqual("Hooks Shop", string.Join(' ', sending.Order(StringComparer.Ordinal)));
        Assert.IsFalse(File.Exists(Path.Combine(_folder.FullName, "dovetail.db")));
    }

    [TestMethod]
    public void Endpoints_tell_ServiceControl_about_themselves_only_where_that_is_switched_on()
    {
        Assert.IsEmpty(Told([]));
        CollectionAssert.AreEqual(
            new[] { "heartbeats    every 00:00:10 to Particular.ServiceControl", "metrics       every 00:00:01 to Particular.Monitoring", "saga audit    each change to copies" },
            Told([("Heartbeats:Enabled", "true"), ("Metrics:Enabled", "true"), ("SagaAudit:Enabled", "true"), ("SagaAudit:SagaAuditQueue", "copies")]));

        using var incomplete = HubConfiguration.Read([KeyValuePair.Create("Bus:ServicePlatform:Heartbeats:Enabled", (string?)"true"), KeyValuePair.Create("Bus:ServicePlatform:Heartbeats:HeartbeatsQueue", (string?)" "), KeyValuePair.Create("Hub:Folder", (string?)_folder.FullName)]);
        StringAssert.Contains(SettingsCheck.Faults(incomplete, new HashSet<string>()).Single(), "Give HeartbeatsQueue", StringComparison.Ordinal);

        string[] Told((string Name, string Value)[] settings)
        {
            using var configuration = HubConfiguration.Read([.. settings.Select(setting => KeyValuePair.Create($"Bus:ServicePlatform:{setting.Name}", (string?)setting.Value)), KeyValuePair.Create("Hub:Folder", (string?)_folder.FullName)]);
            var sagas = RoleHost.Endpoints(configuration).Select(BuiltIn.Explain).Single(text => text.StartsWith("Sagas", StringComparison.Ordinal));
            return [.. sagas.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith("heartbeats", StringComparison.Ordinal) || line.StartsWith("metrics", StringComparison.Ordinal) || line.StartsWith("saga audit", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        }
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_taken_address_is_named_with_its_role()
    {
        await using var first = await Start(("Hub:Roles", "sandbox"));
        var taken = first.Addresses["sandbox"].ToString().TrimEnd('/');

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(
            () => Start(("Hub:Roles", "sandbox"), ("Hub:Addresses:Sandbox", taken), ("Sandbox:Folder", Path.Combine(_folder.FullName, "other"))));

        StringAssert.Contains(refused.Message, $"The address {taken} of the role 'sandbox' is taken", StringComparison.Ordinal);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Without_stand_ins_every_missing_setting_is_named_at_once_and_no_key_is_given_out()
    {
        var refused = await Assert.ThrowsExactlyAsync<OptionsValidationException>(() => Start(("Hub:Sandbox", "false")));

        var failures = refused.Failures.ToList();
        foreach (var missing in new[] { "Payments:YooKassa:ShopId is not set.", "Mes:ApiKey is not set.", "Crm:Bitrix24:Code is not set.", "Notifications:Smtp:Host is not set." })
            Assert.Contains(missing, failures);
        Assert.IsFalse(File.Exists(Path.Combine(_folder.FullName, "gateway.db")));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task Faults_in_the_settings_of_several_roles_are_named_together_each_with_what_would_be_right()
    {
        var refused = await Assert.ThrowsExactlyAsync<OptionsValidationException>(() => Start(
            ("Hub:Adresses:Shop", "http://127.0.0.1:9"), ("Hub:DrainDelay", "01:00:00"), ("Hub:StopTimeout", "soon"), ("Bus:Concurency", "4"), ("Bus:LeaseDuration", "ten"), ("Bus:ServicePlatform:Heartbeat:Enabled", "true"), ("Telemetry:OtlpEndpoint", "collector"),
            ("Gateway:MaxBodyBytes", "64 KB"), ("Gateway:ClientLimits:Burst", "5"), ("Shop:CleanUpInterval", "soon"), ("Shop:IdempotencyKeyLifetime", "01:00:00"),
            ("Deadlines:Patiense", "00:00:01"), ("Loyalty:Loymax:Timeout", "long"), ("Loyalty:Live:Concurrency", "0"), ("Payments:YooKassa:SecretKeys", "x"),
            ("Notifications:Smtp:Port", "smtp"), ("ServiceControl:BatchSizes", "1"), ("Notification:From", "shop@example.com"),
            ("Sandbox:Paces", "2"), ("Sandbox:Picking", "soon"), ("Sandbox:Cdek:Tack", "1"), ("Sandbox:Webhooks:Attempts", "many"),
            ("Hooks:Pace", "1"), ("Payments:Stripe:Hooks:Secret", "whsec")));

        var failures = refused.Failures.ToList();
        foreach (var fault in new[]
        {
            "Hub:Adresses is not known; give one of Addresses, DrainDelay, Folder, Roles, Sandbox, StopTimeout, or remove it.",
            "Hub:DrainDelay is '01:00:00'; give a duration from 00:00:00 to 00:02:00.",
            "Hub:StopTimeout is 'soon'; give a duration such as 00:00:10.",
            "Bus:Concurency is not known; give one of BrokerManagement, ",
            "Bus:LeaseDuration is 'ten'; give a duration such as 00:00:10",
            "Bus:ServicePlatform:Heartbeat is not known; give one of CustomChecks, ",
            "Telemetry:OtlpEndpoint (or OTEL_EXPORTER_OTLP_ENDPOINT) is 'collector'; give ",
            "Gateway:MaxBodyBytes is '64 KB'; give a value from 1024 to ",
            "Gateway:ClientLimits is not known; give one of ",
            "Shop:CleanUpInterval is 'soon'; give a duration such as 00:00:10, or leave it out for 00:10:00.",
            "Shop:IdempotencyKeyLifetime is 01:00:00; it must be 1.00:00:00 or longer",
            "Notification is no section that anybody reads; give one of Bus, ",
            "Sandbox:Paces is not known; give one of Bitrix24, ",
            "Sandbox:Picking is 'soon'; give a duration such as 00:00:10, or leave it out for 00:00:01.",
            "Sandbox:Cdek:Tack is not known; give one of SubscriptionGrace, Tick, TokenLifetime, or remove it.",
            "Sandbox:Webhooks:Attempts is 'many'; give a whole number, or leave it out for 10.",
            "Hooks:Pace is not known; give one of ",
            "Payments:Stripe:Hooks:Secret is not known; give one of ",
            "Deadlines can't be read: ",
            "Loyalty:Loymax:Timeout is 'long'; give a duration such as 00:00:10, or leave it out for 00:00:10.",
            "Loyalty:Live:Concurrency is 0; it must be between 1 and 1000",
            "Payments:YooKassa:SecretKeys is not known; give one of ",
            "Notifications:Smtp:Port is 'smtp'; give a whole number, or leave it out for 587.",
            "ServiceControl:BatchSizes is not known; give one of ",
        })
            Assert.IsTrue(failures.Exists(told => told.StartsWith(fault, StringComparison.Ordinal)), $"Nobody said '{fault}': {string.Join(Environment.NewLine, failures)}");
        Assert.IsFalse(File.Exists(Path.Combine(_folder.FullName, "dovetail.db")));
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task What_starts_later_writes_nothing_into_the_settings_that_others_read_already()
    {
        var written = new Written();
        using var configuration = HubConfiguration.Read(DemoCommand.ForTheDemo(_folder.FullName));
        ((IConfigurationBuilder)configuration).Add(written);

        await using var hub = await RunningHub.Start(configuration, test.CancellationToken);
        await hub.Stop(CancellationToken.None);

        Assert.HasCount(RunningHub.AllRoles.Count - 1, hub.Addresses);
        Assert.IsEmpty(written.Keys);
    }

    [TestMethod]
    public void Settings_of_the_bus_that_are_right_are_no_fault_in_any_role()
    {
        using var configuration = HubConfiguration.Read(new Dictionary<string, string?>
        {
            ["Hub:Folder"] = _folder.FullName, ["Bus:Concurrency"] = "16", ["Bus:ImmediateRetries"] = "1", ["Bus:DelayedRetryIncrease"] = "00:00:01", ["Bus:RememberHandledFor"] = "02:00:00", ["Bus:Install"] = "true",
        });

        Assert.IsEmpty(SettingsCheck.Faults(configuration, new HashSet<string> { "workers", "servicecontrol", "gateway" }).Where(fault => fault.Contains("Bus:", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Deadlines_that_contradict_each_other_are_named()
    {
        using var configuration = HubConfiguration.Read(new Dictionary<string, string?> { ["Hub:Folder"] = _folder.FullName, ["TaskDeadlines:Limit"] = "2.00:00:00" });

        var faults = SettingsCheck.Faults(configuration, new HashSet<string> { "workers" });

        Assert.AreEqual("Deadlines:Decision is 1.01:00:00, and people have 2.00:00:00 for a task (TaskDeadlines:Limit); give a longer one, or a shorter limit.", faults.Single());
    }

    [TestMethod]
    public void Of_a_key_that_is_given_twice_the_later_value_counts()
    {
        using var configuration = HubConfiguration.Read(
            [.. DemoCommand.ForTheDemo(_folder.FullName), .. SettingsOption.Parse(["deadlines:patience=00:00:07", "Deadlines:Patience=00:00:09"])]);

        Assert.AreEqual("00:00:09", configuration["Deadlines:Patience"]);
        Assert.AreEqual("00:00:03", configuration["Deadlines:PaymentPatience"]);
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task The_demo_keys_open_nothing_once_the_stand_ins_are_off()
    {
        (string, string)[] gateway =
        [
            ("Hub:Roles", "gateway"), .. GatewayRole.Behind.Select(role => ($"Hub:Addresses:{role}", "http://127.0.0.1:9")),
        ];
        await using (var trying = await Start([.. gateway, ("Hub:Addresses:Sandbox", "http://127.0.0.1:9")]))
            Assert.AreNotEqual(HttpStatusCode.Unauthorized, await AskWithTheDemoKey(trying));

        await using (var real = await Start([.. gateway, ("Hub:Sandbox", "false")]))
            Assert.AreEqual(HttpStatusCode.Unauthorized, await AskWithTheDemoKey(real));

        await using var again = await Start([.. gateway, ("Hub:Addresses:Sandbox", "http://127.0.0.1:9")]);
        Assert.AreNotEqual(HttpStatusCode.Unauthorized, await AskWithTheDemoKey(again));
    }

    [TestMethod]
    public async Task What_a_user_did_wrong_is_said_in_words_and_by_the_exit_code()
    {
        Assert.AreEqual(2, await Complaint.OrElse(async () =>
        {
            await using var hub = await Start(("Hub:Roles", "nonsense"));
            return 0;
        }));
        Assert.AreEqual(2, await Complaint.OrElse(() => Task.FromResult(SettingsOption.Parse(["nonsense"]).Count())));
        Assert.AreEqual(1, await Complaint.OrElse(() => throw new InvalidOperationException("The address is taken.")));
        Assert.AreEqual(0, await Complaint.OrElse(() => Task.FromResult(0)));
    }

    async Task<HttpStatusCode> AskWithTheDemoKey(RunningHub hub)
    {
        using var client = new HttpClient { BaseAddress = hub.Addresses["gateway"], DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
        using var response = await client.GetAsync(new Uri("v1/orders", UriKind.Relative), test.CancellationToken);
        return response.StatusCode;
    }

    /// <summary>The first answer after the door has opened.</summary>
    async Task<HttpStatusCode> Knock(HttpClient client)
    {
        while (true)
        {
            try
            {
                using var response = await client.GetAsync(new Uri("v1/orders", UriKind.Relative), test.CancellationToken);
                return response.StatusCode;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, test.CancellationToken);
            }
        }
    }

    /// <summary>Settings of which somebody may be reading a list.</summary>
    sealed class Written : ConfigurationProvider, IConfigurationSource
    {
        public ConcurrentQueue<string> Keys { get; } = [];

        public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

        public override void Set(string key, string? value) => Keys.Enqueue(key);
    }

    Task<RunningHub> Start(params IEnumerable<(string Key, string Value)> settings)
    {
        var all = new Dictionary<string, string?> { ["Hub:Folder"] = _folder.FullName, ["Hub:Addresses:Gateway"] = "http://127.0.0.1:0", ["Logging:Console:LogLevel:Default"] = "None" };
        foreach (var (key, value) in settings) all[key] = value;
        return RunningHub.Start(HubConfiguration.Read(all), test.CancellationToken);
    }
}
