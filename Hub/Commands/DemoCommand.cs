using System.CommandLine;
using Dovetail.Hub.Demo;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Commands;

/// <summary>Runs a hub of its own in a temporary folder, and lets one order of each kind find its way through it.</summary>
static class DemoCommand
{
    static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    public static Command Create()
    {
        var demo = new Command("demo", "Places one order of each kind and shows how it ends. Exits with 0 only if each ends as its story says.") { SettingsOption.Instance };
        demo.SetAction((parsed, cancellation) => Run(SettingsOption.Parse(parsed.GetValue(SettingsOption.Instance) ?? []), cancellation));
        return demo;
    }

    static async Task<int> Run(IEnumerable<KeyValuePair<string, string?>> settings, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-demo-");
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            patience.CancelAfter(Longest);
            await using var hub = await RunningHub.Start(HubConfiguration.Read([.. ForTheDemo(folder.FullName), .. settings]), patience.Token);
            using var shop = new DemoShop(hub.Addresses["gateway"], hub.Addresses["sandbox"]);
            Console.WriteLine("A hub of its own, with stand-ins for all systems; it takes about 30 seconds.");
            Console.WriteLine();
            var told = await DemoScreen.Show(Stories.All, shop, patience.Token);
            cancellation.ThrowIfCancellationRequested();
            await hub.Stop(CancellationToken.None);
            return told ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Everything quick, so that even the story of a silent system fits into a minute.</summary>
    internal static Dictionary<string, string?> ForTheDemo(string folder) => new()
    {
        ["Hub:Folder"] = folder,
        ["Hub:Addresses:Gateway"] = "http://127.0.0.1:0",
        ["Deadlines:Patience"] = "00:00:02",
        ["Deadlines:PaymentPatience"] = "00:00:03",
        ["TaskDeadlines:Remind"] = "00:00:03",
        ["TaskDeadlines:Escalate"] = "00:00:06",
        ["TaskDeadlines:Limit"] = "00:00:12",
        ["Bus:DelayedRetryIncrease"] = "00:00:01",
        ["Oms:RetailCrm:Timeout"] = "00:00:01",
        ["Sandbox:YooKassaWantsReceipts"] = "true",
        ["Logging:Console:LogLevel:Default"] = "None",
    };
}
