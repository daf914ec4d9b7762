using System.CommandLine;

namespace Dovetail.Hub.Commands;

/// <summary>Settings on the command line: <c>--set Hub:Folder=data2 --set Sandbox:Pace=10</c>.</summary>
static class SettingsOption
{
    public static readonly Option<string[]> Instance = new("--set")
    {
        Description = "A setting as Key=Value, such as Hub:Folder=data2; may be given several times. Beside it there are appsettings.json and the environment (DOVETAIL__Hub__Folder=data2).",
        AllowMultipleArgumentsPerToken = true,
    };

    /// <exception cref="FormatException">One of them has no '='.</exception>
    public static IEnumerable<KeyValuePair<string, string?>> Parse(IEnumerable<string> settings) => [.. settings.Select(setting =>
    {
        var equals = setting.IndexOf('=', StringComparison.Ordinal);
        return equals > 0
            ? KeyValuePair.Create(setting[..equals], (string?)setting[(equals + 1)..])
            : throw new FormatException($"'{setting}' is no setting. Write --set Key=Value, such as --set Hub:Folder=data2.");
    })];
}
