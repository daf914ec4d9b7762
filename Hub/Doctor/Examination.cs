using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dovetail.Hub.Doctor;

/// <summary>Everything that a hub needs, looked at before it starts. Nothing is started, and nobody is asked for more than a sign of life.</summary>
static class Examination
{
    static readonly TimeSpan PatienceWithBroker = TimeSpan.FromSeconds(10);

    public static async Task<IReadOnlyList<Finding>> Of(IEnumerable<KeyValuePair<string, string?>> overrides, TimeProvider time, CancellationToken cancellation)
    {
        ConfigurationManager configuration;
        try
        {
            configuration = HubConfiguration.Read(overrides);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [new("data folder", failure.Message, "Choose a folder that the hub may write to: --set Hub:Folder=... It needs it before anything else.")];
        }

        var roles = RunningHub.RolesOf(configuration);
        var findings = new List<Finding>
        {
            Machine.Folder(configuration["Hub:Folder"]!),
            Machine.Clock(configuration["Hub:Folder"]!, time),
        };
        findings.AddRange(Machine.Ports(configuration, roles));
        findings.AddRange(await Files.Databases(configuration, cancellation));
        if (Places.Faults(configuration).Any() is false && Places.Of(configuration) is { Broker: not null } places) findings.Add(await Queues(configuration, places.BrokerName, cancellation));
        if (roles.Contains("gateway")) findings.Add(await Files.Keys(configuration, time, cancellation));
        var faults = Settings(configuration, roles);
        findings.AddRange(faults);
        if (faults.Any(fault => !fault.IsWell) || !roles.Contains("workers")) return findings;
        findings.AddRange(await Systems(configuration, cancellation));
        return findings;
    }

    static async Task<Finding> Queues(ConfigurationManager configuration, string name, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(PatienceWithBroker);
        try
        {
            await Engine.Existing(configuration, ["error"], patience.Token);
            return new("broker", $"{name} answers.");
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            return new("broker", $"{name} can't be reached: {failure.Message}", "See whether it runs, and whether its address, virtual host, name and password are right: ConnectionStrings:RabbitMQ.");
        }
    }

    static List<Finding> Settings(ConfigurationManager configuration, HashSet<string> roles)
    {
        var faults = SettingsCheck.Faults(configuration, roles);
        return faults.Count == 0
            ? [new("settings", "Complete.")]
            : [.. faults.Select(fault => new Finding("settings", fault, "Set it in appsettings.json, in the environment or with --set."))];
    }

    static async Task<IReadOnlyList<Finding>> Systems(ConfigurationManager configuration, CancellationToken cancellation)
    {
        if (configuration.GetValue<bool>("Hub:Sandbox")) return [new("external systems", "Stand-ins: there is nobody to ask.")];

        using var workers = RoleHost.BuildWorkers(configuration);
        var report = await workers.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => !check.Tags.Contains("ready"), cancellation);
        return [.. report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => System(entry.Key, entry.Value))];
    }

    static Finding System(string name, HealthReportEntry entry) => entry.Status is HealthStatus.Healthy
        ? new($"system of {name}", entry.Description ?? "It answers.")
        : new($"system of {name}", entry.Exception?.Message ?? entry.Description ?? "It did not answer as it should.", $"Compare the settings below {name}: with what the system's owner gave you, and see whether it can be reached from here. Orders wait and go on by themselves once it answers.");
}
