using System.CommandLine;
using Dovetail.Hub.Doctor;

namespace Dovetail.Hub.Commands;

/// <summary>Says in a line each whether all that the hub needs is there, and what to do about what is not.</summary>
static class DoctorCommand
{
    public static Command Create()
    {
        var doctor = new Command("doctor", "Looks at settings, data, ports, clock and external systems, without starting anything. Exits with 0 only if all is well.") { SettingsOption.Instance };
        doctor.SetAction((parsed, cancellation) => Run(SettingsOption.Parse(parsed.GetValue(SettingsOption.Instance) ?? []), cancellation));
        return doctor;
    }

    static async Task<int> Run(IEnumerable<KeyValuePair<string, string?>> settings, CancellationToken cancellation)
    {
        // What goes wrong is said by the findings: the connectors' own log lines would only stand between them.
        var quiet = new Dictionary<string, string?>(settings, StringComparer.OrdinalIgnoreCase) { ["Logging:Console:LogLevel:Default"] = "None" };
        var findings = await Examination.Of(quiet, TimeProvider.System, cancellation);
        foreach (var finding in findings) Console.WriteLine(finding);
        return findings.All(finding => finding.IsWell) ? 0 : 1;
    }
}
