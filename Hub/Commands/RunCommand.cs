using System.CommandLine;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Commands;

/// <summary>Runs the hub until it is told to stop.</summary>
static class RunCommand
{
    public static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

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
        await using var hub = await RunningHub.Start(configuration, stop);
        Welcome.Print(hub, configuration["Hub:Folder"]!);

        await Task.WhenAny(hub.BrokeOff, Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        if (stop.IsCancellationRequested) Console.WriteLine("Stopping: no new orders come in, and what is in hand is finished. The rest goes on at the next start.");
        else await Console.Error.WriteLineAsync("A part of the hub broke off, as the log says above, so the hub stops. No order is lost: start it again, and it goes on.");
        using var patience = new CancellationTokenSource(LongestStop);
        try
        {
            await hub.Stop(patience.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"Not all was finished within {LongestStop.TotalSeconds} seconds. Nothing is lost: it goes on at the next start.");
        }
        return stop.IsCancellationRequested ? 0 : 1;
    }
}
