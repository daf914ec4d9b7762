using Dovetail.Gateway;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.ServiceControl;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Dovetail.Hub.Doctor;

/// <summary>Everything that a hub needs, looked at before it starts. Nothing is started, and nobody is asked for more than a sign of life.</summary>
static class Examination
{
    // Where the stand-ins will listen is known only when they run; for reading settings any address does.
    static readonly Uri NotYetKnown = new("http://127.0.0.1:1/");

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
        if (roles.Contains("gateway")) findings.Add(await Files.Keys(configuration, time, cancellation));
        var faults = Settings(configuration, roles);
        findings.AddRange(faults);
        if (faults.Any(fault => !fault.IsWell) || !roles.Contains("workers")) return findings;
        findings.AddRange(await Systems(configuration, cancellation));
        return findings;
    }

    static List<Finding> Settings(ConfigurationManager configuration, HashSet<string> roles)
    {
        if (configuration.GetValue<bool>("Hub:Sandbox")) RunningHub.PointAtStandIns(configuration, NotYetKnown, smtpPort: 25);
        foreach (var behind in GatewayRole.Behind)
            configuration[$"Gateway:Destinations:{behind}"] ??= configuration[$"Hub:Addresses:{behind}"] ?? (roles.Contains(behind) ? NotYetKnown.ToString() : null);

        var readers = new Dictionary<string, Action>
        {
            ["workers"] = () => Validate(RoleHost.BuildWorkers(configuration)),
            ["tracking"] = () => Validate(RoleHost.BuildTracking(configuration, NotYetKnown.ToString())),
            ["servicecontrol"] = () => ServiceControlOptions.Read(configuration),
            ["loyalty"] = () => Validate(RoleHost.BuildLoyalty(configuration, NotYetKnown.ToString())),
            ["pricing"] = () => Validate(RoleHost.BuildPricing(configuration, NotYetKnown.ToString())),
            ["shop"] = () => Validate(RoleHost.BuildShop(configuration, NotYetKnown.ToString())),
            ["hooks"] = () => Validate(RoleHost.BuildHooks(configuration, NotYetKnown.ToString())),
            ["gateway"] = () => GatewayOptions.Read(configuration),
        };
        var faults = readers.Where(reader => roles.Contains(reader.Key)).SelectMany(reader => FaultsOf(reader.Value)).Distinct().ToList();
        return faults.Count == 0
            ? [new("settings", "Complete.")]
            : faults.ConvertAll(fault => new Finding("settings", fault, "Set it in appsettings.json, in the environment or with --set."));
    }

    static void Validate(IHost host)
    {
        using (host) host.Services.GetRequiredService<IStartupValidator>().Validate();
    }

    static List<string> FaultsOf(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (Exception failure) when (Faults(failure) is { Count: > 0 } faults)
        {
            return faults;
        }
    }

    static async Task<IReadOnlyList<Finding>> Systems(ConfigurationManager configuration, CancellationToken cancellation)
    {
        if (configuration.GetValue<bool>("Hub:Sandbox")) return [new("external systems", "Stand-ins: there is nobody to ask.")];

        using var workers = RoleHost.BuildWorkers(configuration);
        var report = await workers.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => !check.Tags.Contains("ready"), cancellation);
        return [.. report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => System(entry.Key, entry.Value))];
    }

    static Finding System(string name, HealthReportEntry entry) => entry.Status is HealthStatus.Healthy
        ? new($"system of {name}", "It answers.")
        : new($"system of {name}", entry.Exception?.Message ?? entry.Description ?? "It did not answer as it should.", $"Compare the settings below {name}: with what the system's owner gave you, and see whether it can be reached from here. Orders wait and go on by themselves once it answers.");

    /// <summary>Empty for whatever has nothing to do with settings.</summary>
    static List<string> Faults(Exception failure) => failure switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Faults)],
        _ => [],
    };
}
