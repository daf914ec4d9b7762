using System.Globalization;
using Dovetail.Gateway;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Tests.Faults;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>A hub of several processes, and the stand-ins in this one, which outlive all of them.</summary>
sealed class House : IAsyncDisposable
{
    static readonly string[] Back = [.. RunningHub.AllRoles.Except(["sandbox", "gateway"])];

    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-house-");
    readonly Uri _standIns = Scene.FreeAddress();
    readonly int _mail = Scene.FreeAddress().Port;
    RunningHub? _sandbox;

    /// <param name="instances">How many of each role.</param>
    /// <param name="places">Where its servers are.</param>
    public House(int instances, IEnumerable<(string Key, string Value)> places)
    {
        var back = Enumerable.Range(0, instances).Select(_ => Back.ToDictionary(role => role, _ => Scene.FreeAddress())).ToList();
        Gateways = [.. Enumerable.Range(0, instances).Select(_ => Scene.FreeAddress())];
        List<(string, string)> settings =
        [
            .. places, ("Hub:Folder", Path.Combine(_folder.FullName, "hub")), ("Hub:Addresses:Sandbox", _standIns.ToString()), ("Sandbox:SmtpPort", _mail.ToString(CultureInfo.InvariantCulture)),
            .. GatewayRole.Behind.Select(role => ($"Gateway:Destinations:{role}", string.Join(';', back.Select(addresses => addresses.Single(one => one.Key.Equals(role, StringComparison.OrdinalIgnoreCase)).Value)))),
            ("Gateway:ProbeInterval", "00:00:00.5"), ("Hub:DrainDelay", "00:00:02"), ("Gateway:ClientLimit:PerSecond", "1000"), ("Logging:LogLevel:Default", "Warning"), ("Logging:LogLevel:Dovetail.Gateway.Routing.Readiness", "Information"),

            // On a machine that has much else to do nothing is to be taken for lost just because it takes long: a person would have to decide.
            ("Deadlines:Patience", "00:01:00"), ("Deadlines:PaymentPatience", "00:01:00"), .. Systems.Select(system => ($"{system}:Timeout", "00:00:30")),
        ];
        Processes =
        [
            .. back.Select((addresses, number) => new RoleProcess($"back-{number + 1}", addresses, settings, _folder)),
            .. Gateways.Select((address, number) => new RoleProcess($"gateway-{number + 1}", new Dictionary<string, Uri> { ["gateway"] = address }, settings, _folder)),
        ];
    }

    static IEnumerable<string> Systems => ["Payments:YooKassa", "Loyalty:Loymax", "Oms:RetailCrm", "Delivery:Cdek", "Pricing:Mindbox", "Mes", "Crm:Bitrix24"];

    public IReadOnlyList<Uri> Gateways { get; }

    /// <summary>In the order in which they are restarted: the gateways come last.</summary>
    public IReadOnlyList<RoleProcess> Processes { get; }

    /// <summary>What the stand-ins have in their books.</summary>
    public Uri StandIns => _standIns;

    /// <summary>Waits until no gateway misses an instance, by what it says itself.</summary>
    public async Task IsKnownToItsGateways(CancellationToken cancellation)
    {
        foreach (var gateway in Processes.TakeLast(Gateways.Count))
        {
            while (gateway.Logged("Readiness: Lost ") != gateway.Logged("Readiness: Found ")) await Task.Delay(BetweenLooks, TimeProvider.System, cancellation);
        }
    }

    public async Task StartStandIns(CancellationToken cancellation) => _sandbox = await RunningHub.Start(
        HubConfiguration.Read(new Dictionary<string, string?>
        {
            ["Hub:Folder"] = Path.Combine(_folder.FullName, "vendors"), ["Hub:Roles"] = "sandbox", ["Hub:Addresses:Sandbox"] = _standIns.ToString(),
            ["Sandbox:SmtpPort"] = _mail.ToString(CultureInfo.InvariantCulture), ["Sandbox:Webhooks:Hub"] = Gateways[0].ToString(), ["Sandbox:Pace"] = "0.1", ["Logging:Console:LogLevel:Default"] = "None",
        }), cancellation);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Processes) await process.DisposeAsync();
        if (_sandbox is not null)
        {
            await _sandbox.Stop(CancellationToken.None);
            await _sandbox.DisposeAsync();
        }
        if (Environment.GetEnvironmentVariable("DOVETAIL_KEEP") != "1") _folder.Delete(recursive: true);
    }
}
