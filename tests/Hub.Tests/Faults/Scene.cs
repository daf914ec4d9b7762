using System.Globalization;
using Dovetail.Bus.Tests;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Hub.Tests.Processes;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>Stand-ins that live on in this process, and a hub in one of its own that does not.</summary>
sealed class Scene : IAsyncDisposable
{
    static readonly string[] Connectors =
        ["Payments:YooKassa", "Payments:Stripe", "Loyalty:Loymax", "Oms:RetailCrm", "Delivery:Cdek", "Pricing:Mindbox", "Mes", "Crm:Bitrix24", "Notifications:Smtp", "Notifications:Telegram"];

    readonly DirectoryInfo _folder;
    readonly RunningHub _standInsHost;
    readonly HubProcess _hub;

    Scene(RunningHub standIns, Uri gateway, string smtpPort, bool paysWithStripe, DirectoryInfo folder)
    {
        (_standInsHost, _folder) = (standIns, folder);
        StandIns = new StandIns(standIns.Addresses["sandbox"], paysWithStripe);
        _hub = new HubProcess(RunningHub.AllRoles.Except(["sandbox"]),
        [
            $"Hub:Folder={folder.FullName}/hub", $"Hub:Addresses:Gateway={gateway}", $"Hub:Addresses:Sandbox={standIns.Addresses["sandbox"]}", $"Sandbox:SmtpPort={smtpPort}",
            $"Payments:Provider={(paysWithStripe ? "Stripe" : "YooKassa")}",
            "Deadlines:Patience=00:00:03", "Deadlines:PaymentPatience=00:00:04", "Deadlines:Task=00:00:10",
            "TaskDeadlines:Remind=00:00:02", "TaskDeadlines:Escalate=00:00:04", "TaskDeadlines:Limit=00:00:08",
            "NotificationDeadlines:Patience=00:00:04", "Bus:LeaseDuration=00:00:03", "Bus:DelayedRetries=2", "Bus:DelayedRetryIncrease=00:00:01",
            "Gateway:ClientLimit:PerSecond=1000", "Logging:LogLevel:Default=Warning", "Logging:LogLevel:Dovetail.Bus=Error",
            .. Connectors.Select(connector => $"{connector}:Timeout=00:00:02"),
        ], Path.Combine(folder.FullName, "hub.log"));
        _hub.Start();
        Door = new Door(gateway, () => Assert.IsFalse(_hub.EndedByItself, "The hub ended by itself."));
    }

    public StandIns StandIns { get; }

    public Door Door { get; }

    public static Uri FreeAddress() => new($"http://127.0.0.1:{FreePort.Next()}/");

    public static async Task<Scene> Start(int seed, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-faults-");
        var gateway = FreeAddress();
        var configuration = HubConfiguration.Read(new Dictionary<string, string?>
        {
            ["Hub:Folder"] = Path.Combine(folder.FullName, "vendors"), ["Hub:Roles"] = "sandbox", ["Logging:Console:LogLevel:Default"] = "None",
            ["Sandbox:Seed"] = seed.ToString(CultureInfo.InvariantCulture),
            ["Sandbox:Webhooks:Hub"] = gateway.ToString(),
        });
        var standIns = await RunningHub.Start(configuration, cancellation);
        return new Scene(standIns, gateway, configuration["Sandbox:SmtpPort"]!, seed % 2 == 1, folder);
    }

    public Task KillAndRestart(CancellationToken cancellation) => _hub.KillAndRestart(cancellation);

    public async ValueTask DisposeAsync()
    {
        await _hub.DisposeAsync();
        Door.Dispose();
        StandIns.Dispose();
        await _standInsHost.Stop(CancellationToken.None);
        await _standInsHost.DisposeAsync();
        if (Environment.GetEnvironmentVariable("DOVETAIL_KEEP") != "1") _folder.Delete(recursive: true);
    }
}
