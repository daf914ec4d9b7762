using System.CommandLine;
using System.Runtime.InteropServices;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Microsoft.Extensions.Options;

namespace Dovetail.Hub.Commands;

/// <summary>Runs the hub until it is told to stop.</summary>
static class RunCommand
{
    static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(20);

    static readonly Option<string?> Roles = new("--roles") { Description = $"Which roles this process runs, by comma: {string.Join(", ", RunningHub.AllRoles)}. All of them if left out." };

    public static void Configure(RootCommand root)
    {
        root.Options.Add(Roles);
        root.Options.Add(SettingsOption.Instance);
        root.SetAction((parsed, cancellation) => Run(parsed.GetValue(Roles), parsed.GetValue(SettingsOption.Instance) ?? [], cancellation));
    }

    static async Task<int> Run(string? roles, string[] settings, CancellationToken cancellation)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, stopping));
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, stopping));
        try
        {
            var overrides = SettingsOption.Parse(settings);
            if (roles is not null) overrides = overrides.Append(KeyValuePair.Create<string, string?>("Hub:Roles", roles));
            await using var hub = await RunningHub.Start(HubConfiguration.Read(overrides), stopping.Token);
            Welcome.Print(hub);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            Console.WriteLine("Stopping: no new orders come in, and what is in hand is finished.");
            using var patience = new CancellationTokenSource(LongestStop);
            await hub.Stop(patience.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (OptionsValidationException invalid)
        {
            await Console.Error.WriteLineAsync($"The hub can't start with these settings:{string.Concat(invalid.Failures.Select(failure => $"{Environment.NewLine}- {failure}"))}");
            return 2;
        }
        catch (Exception failure) when (failure is InvalidOperationException or IOException or FormatException)
        {
            await Console.Error.WriteLineAsync($"The hub can't start: {failure.Message}");
            return 1;
        }
    }

    static void Stop(PosixSignalContext signal, CancellationTokenSource stopping)
    {
        signal.Cancel = true;
        stopping.Cancel();
    }
}
