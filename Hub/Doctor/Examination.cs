using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
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
        if (roles.Contains("workers")) findings.AddRange(await Systems(configuration, cancellation));
        return findings;
    }

    static async Task<IReadOnlyList<Finding>> Systems(ConfigurationManager configuration, CancellationToken cancellation)
    {
        var standIns = configuration.GetValue<bool>("Hub:Sandbox");
        if (standIns) RunningHub.PointAtStandIns(configuration, NotYetKnown, smtpPort: 25);
        using var workers = RoleHost.BuildWorkers(configuration);
        try
        {
            workers.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception failure) when (Faults(failure) is { Count: > 0 })
        {
            return [.. Faults(failure).Select(fault => new Finding("settings", fault, "Set it in appsettings.json, in the environment (DOVETAIL__Section__Key) or with --set Section:Key=value."))];
        }

        var well = new Finding("settings", "Complete.");
        if (standIns) return [well, new("external systems", "Stand-ins, which the hub starts itself.")];

        var report = await workers.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => !check.Tags.Contains("ready"), cancellation);
        return [well, .. report.Entries.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => System(entry.Key, entry.Value))];
    }

    static Finding System(string name, HealthReportEntry entry) => entry.Status is HealthStatus.Healthy
        ? new($"system of {name}", "It answers.")
        : new($"system of {name}", entry.Exception?.Message ?? entry.Description ?? "It did not answer as it should.", $"Compare the settings below {name}: with what the system's owner gave you, and see whether it can be reached from here. Orders wait and go on by themselves once it answers.");

    static List<string> Faults(Exception failure) => failure switch
    {
        OptionsValidationException invalid => [.. invalid.Failures],
        AggregateException several => [.. several.InnerExceptions.SelectMany(Faults)],
        _ => [],
    };
}
