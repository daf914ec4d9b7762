using Dovetail.Endpoints.Sandbox;
using Dovetail.Gateway.Keys;
using Dovetail.Hub.Doctor;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Microsoft.Extensions.Configuration;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class DoctorTests(TestContext test) : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-doctor-");

    public void Dispose() => _folder.Delete(recursive: true);

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Finds_nothing_wrong_with_a_hub_that_was_never_started()
    {
        var findings = await Examine();

        Assert.AreEqual("", Wrong(findings));
        CollectionAssert.IsSubsetOf(
            new[] { "data folder", "clock", "address of gateway", "database", "gateway keys", "settings", "external systems" }, findings.Select(finding => finding.Subject).ToList());
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Asks_each_real_system_for_a_sign_of_life()
    {
        var (sandbox, settings) = await StandIns();
        await using (sandbox)
        {
            using (var keys = new ApiKeys($"Data Source={Path.Combine(_folder.FullName, "gateway.db")};Pooling=False", TimeProvider.System))
                await keys.Create("web-shop", "web-shop", ["shop"], expires: null, test.CancellationToken);
            var findings = await Examine([.. settings]);
            Assert.AreEqual("", Wrong(findings));
            Assert.AreEqual("crm delivery loyalty mes notifications oms payments pricing telegram", Systems(findings));

            var ill = await Examine([.. settings.Where(setting => setting.Key != "Oms:RetailCrm:BaseAddress"), ("Oms:RetailCrm:BaseAddress", "http://127.0.0.1:9")]);
            Assert.AreEqual("system of oms", Wrong(ill));
        }
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Names_every_missing_setting_and_says_that_nobody_has_a_key()
    {
        var findings = await Examine(("Hub:Sandbox", "false"), ("Gateway:MaxConcurrentRequests", "many"));

        var faults = findings.Where(finding => !finding.IsWell && finding.Subject == "settings").Select(finding => finding.Says).ToList();
        foreach (var missing in new[] { "Payments:YooKassa:ShopId is not set.", "Mes:ApiKey is not set.", "Notifications:Smtp:Host is not set." }) Assert.Contains(missing, faults);
        Assert.ContainsSingle(faults.Where(fault => fault.Contains("Gateway:MaxConcurrentRequests", StringComparison.Ordinal)));
        StringAssert.Contains(findings.Single(finding => finding.Subject == "gateway keys").Remedy, "keys create", StringComparison.Ordinal);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Finds_a_taken_port_a_damaged_file_and_a_clock_that_went_back()
    {
        await using var other = await RunningHub.Start(HubConfiguration.Read([new("Hub:Folder", Path.Combine(_folder.FullName, "other")), new("Hub:Roles", "sandbox"), new("Logging:Console:LogLevel:Default", "None")]), test.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "dovetail.db"), "This is no database, and it is longer than the header of one, which has a hundred bytes at its beginning.", test.CancellationToken);

        var findings = await Examine(new Yesterday(), ("Hub:Addresses:Gateway", other.Addresses["sandbox"].ToString()));

        Assert.AreEqual("clock, address of gateway, database", Wrong(findings));
        foreach (var finding in findings.Where(finding => !finding.IsWell)) StringAssert.Contains(finding.ToString(), "To do: ", StringComparison.Ordinal);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Finds_a_folder_that_can_not_be()
    {
        var file = Path.Combine(_folder.FullName, "file");
        await File.WriteAllTextAsync(file, "", test.CancellationToken);

        Assert.AreEqual("data folder", Wrong(await Examine(("Hub:Folder", Path.Combine(file, "data")))));
    }

    async Task<(RunningHub Sandbox, IReadOnlyList<(string Key, string? Value)> Settings)> StandIns()
    {
        var configuration = HubConfiguration.Read([new("Hub:Folder", Path.Combine(_folder.FullName, "stand-ins")), new("Hub:Roles", "sandbox"), new("Logging:Console:LogLevel:Default", "None")]);
        var sandbox = await RunningHub.Start(configuration, test.CancellationToken);
        var settings = SandboxRole.Settings(sandbox.Addresses["sandbox"], configuration.GetValue<int>("Sandbox:SmtpPort")).Select(setting => (setting.Key, setting.Value));
        return (sandbox, [.. settings, ("Hub:Sandbox", "false")]);
    }

    Task<IReadOnlyList<Finding>> Examine(params IEnumerable<(string Key, string? Value)> settings) => Examine(TimeProvider.System, settings);

    Task<IReadOnlyList<Finding>> Examine(TimeProvider time, params IEnumerable<(string Key, string? Value)> settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["Hub:Folder"] = _folder.FullName,
            ["Hub:Addresses:Gateway"] = "http://127.0.0.1:0",
            ["Logging:Console:LogLevel:Default"] = "None",
        };
        foreach (var (key, value) in settings) all[key] = value;
        return Examination.Of(all, time, test.CancellationToken);
    }

    static string Wrong(IEnumerable<Finding> findings) => string.Join(", ", findings.Where(finding => !finding.IsWell).Select(finding => finding.Subject));

    static string Systems(IEnumerable<Finding> findings) =>
        string.Join(' ', findings.Where(finding => finding.Subject.StartsWith("system of ", StringComparison.Ordinal)).Select(finding => finding.Subject["system of ".Length..]));

    sealed class Yesterday : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(-1);
    }
}
