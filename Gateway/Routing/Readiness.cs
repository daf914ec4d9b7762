using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Dovetail.Gateway.Routing;

/// <summary>Two failed probes in a row make a destination ill, or one in which it says itself that it is not ready; one good probe makes it well. Only the change is told, where YARP tells every probe.</summary>
sealed partial class Readiness(IDestinationHealthUpdater updater, ILogger<Readiness> logger) : IActiveHealthCheckPolicy
{
    public const string PolicyName = "Readiness";

    const int FailuresToFall = 2;

    // Forgets a destination together with YARP.
    readonly ConditionalWeakTable<DestinationState, StrongBox<int>> _failures = [];

    public string Name => PolicyName;

    public void ProbingCompleted(ClusterState cluster, IReadOnlyList<DestinationProbingResult> probingResults) =>
        updater.SetActive(cluster, [.. probingResults.Select(result => new NewActiveDestinationHealth(result.Destination, Judge(cluster, result)))]);

    DestinationHealth Judge(ClusterState cluster, DestinationProbingResult result)
    {
        var before = result.Destination.Health.Active;
        var failures = _failures.GetOrCreateValue(result.Destination);
        var ready = result.Response is { IsSuccessStatusCode: true };
        failures.Value = ready ? 0 : result.Response is { StatusCode: HttpStatusCode.ServiceUnavailable } ? FailuresToFall : failures.Value + 1;

        if (ready)
        {
            if (before == DestinationHealth.Unhealthy)
                LogReturned(cluster.ClusterId, result.Destination.DestinationId);
            return DestinationHealth.Healthy;
        }

        if (failures.Value < FailuresToFall)
            return before;

        if (before != DestinationHealth.Unhealthy)
            LogFell(cluster.ClusterId, result.Destination.DestinationId, result.Response is { } refusal ? $"status {(int)refusal.StatusCode}" : result.Exception?.Message ?? "no answer");
        return DestinationHealth.Unhealthy;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost {Role} at {Address} ({Reason}): it gets no more requests while another instance is ready. Check that it runs and answers /health/ready.")]
    partial void LogFell(string role, string address, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Found {Role} at {Address} ready again.")]
    partial void LogReturned(string role, string address);
}
