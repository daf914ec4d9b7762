using System.CommandLine;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Commands;

/// <summary>Runs the hub until it is told to stop.</summary>
static class RunCommand
{
    static readonly Option<string?> Roles = new("--roles") { Description = $"Which roles this process runs, by comma: {string.Join(", ", RunningHub.AllRoles)}. All of them if left out." };

    public static void Configure(RootCommand root)
    {
        root.Options.Add(Roles);
        root.Options.Add(SettingsOption.Instance);
        root.SetAction((parsed, cancellation) => Run(parsed.GetValue(Roles), parsed.GetValue(SettingsOption.Instance) ?? [], cancellation));
    }

    static async Task<int> Run(string? roles, string[] settings, CancellationToken stop)
    {
        var overrides = SettingsOption.Parse(settings);
        if (roles is not null) overrides = overrides.Append(KeyValuePair.Create<string, string?>("Hub:Roles", roles));
        var configuration = HubConfiguration.Read(overrides);
        await using var hub = await StartUnless(configuration, stop);
        if (hub is null) return 0;
        Welcome.Print(hub, configuration["Hub:Folder"]!);

        await Task.WhenAny(hub.BrokeOff, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        if (stop.IsCancellationRequested) Console.WriteLine("Stopping: no new orders come in, and what is in hand is finished. The rest goes on at the next start.");
        else await Console.Error.WriteLineAsync("A part of the hub broke off, as the log says above, so the hub stops. No order is lost: start it again, and it goes on.");
        await hub.Leave();
        var limit = StopSettings.Read(configuration).Finish;
        using var patience = new CancellationTokenSource(limit);
        await hub.Stop(patience.Token);
        if (patience.IsCancellationRequested) await Console.Error.WriteLineAsync($"Not all was finished within {limit.TotalSeconds} seconds. Nothing is lost: it goes on at the next start.");
        return stop.IsCancellationRequested ? 0 : 1;
    }

    /// <summary>Null where it was told to stop before it had started: it may have waited for a server all the time.</summary>
    static async Task<RunningHub?> StartUnless(ConfigurationManager configuration, CancellationToken stop)
    {
        try
        {
            return await RunningHub.Start(configuration, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.WriteLine("Stopped before it had started.");
            return null;
        }
    }
}
