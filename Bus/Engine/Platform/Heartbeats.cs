using Dovetail.Bus.Configuration;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Platform;

/// <summary>Tells ServiceControl when the endpoint started, and from then on that it still runs.</summary>
sealed partial class Heartbeats(HeartbeatSettings beats, EndpointSettings settings, PlatformMessages platform, TimeProvider time, ILogger logger)
{
    const string Startup = "ServiceControl.Plugin.Heartbeat.Messages.RegisterEndpointStartup";
    const string Beat = "ServiceControl.Plugin.Heartbeat.Messages.EndpointHeartbeat";

    static readonly TimeSpan PauseBeforeSecondTry = TimeSpan.FromMinutes(1);

    bool _failing;

    public async Task Run(CancellationToken stop)
    {
        var registered = Register(stop);
        while (await Pause(beats.Every, stop))
            await Send(Beat, new EndpointHeartbeat(time.GetUtcNow().UtcDateTime, settings.EndpointName, settings.Host.Id, settings.Host.DisplayName), stop);
        await registered;
    }

    async Task Register(CancellationToken stop)
    {
        var host = settings.Host.Describe();
        var started = new RegisterEndpointStartup(host.HostId, settings.EndpointName, time.GetUtcNow().UtcDateTime, host.Properties, host.DisplayName, host.DisplayName);
        if (await Send(Startup, started, stop)) return;

        // It is said once, so it may be said late; after that the signs of life alone must do.
        if (await Pause(PauseBeforeSecondTry, stop)) await Send(Startup, started, stop);
    }

    async Task<bool> Send<T>(string type, T message, CancellationToken stop)
    {
        try
        {
            await platform.Send(beats.Queue, type, message, beats.Worth, stop);
            _failing = false;
            return true;
        }
        catch (Exception failure)
        {
            // Once is news; the same every ten seconds is noise.
            if (!_failing && !stop.IsCancellationRequested) LogNotSent(failure, settings.EndpointName, beats.Queue);
            _failing = true;
            return false;
        }
    }

    /// <returns>False if it is time to stop.</returns>
    async Task<bool> Pause(TimeSpan duration, CancellationToken stop)
    {
        await Task.Delay(duration, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return !stop.IsCancellationRequested;
    }

    [LoggerMessage(LogLevel.Warning, "Endpoint {Endpoint} can't tell '{Queue}' that it runs, and ServiceControl may take it for dead. It goes on trying; this is logged once")]
    partial void LogNotSent(Exception failure, string endpoint, string queue);

    /// <summary>As ServiceControl reads it: names and order are on the wire.</summary>
    sealed record RegisterEndpointStartup(Guid HostId, string Endpoint, DateTime StartedAt, Dictionary<string, string> HostProperties, string HostDisplayName, string Host);

    /// <inheritdoc cref="RegisterEndpointStartup" />
    sealed record EndpointHeartbeat(DateTime ExecutedAt, string EndpointName, Guid HostId, string Host);
}
