using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Dovetail.Endpoints.Tests;

/// <summary>Runs a script of the folder Npm, in which an independent client library tries what this repository serves.</summary>
/// <remarks>A script is a set of node:test tests. Its package goes into Npm/package.json, once for all scripts; what is installed stays beside the built tests.</remarks>
static partial class NpmScript
{
    static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Npm");
    static readonly Lazy<Task> Installed = new(Install);

    /// <summary>Fails with the script's own report if one of its tests does.</summary>
    /// <param name="script">Its name in the folder: <c>stripe.mjs</c>.</param>
    /// <param name="environment">What the script is told, such as the address of a sandbox.</param>
    public static async Task Passes(string script, CancellationToken cancellation, params (string Name, string Value)[] environment)
    {
        await Installed.Value.WaitAsync(cancellation);
        var (code, output) = await Run("node", ["--test-reporter=tap", script], environment, cancellation);
        var results = Result().Matches(output);

        Assert.IsNotEmpty(results, $"{script} ran no test (exit code {code}):\n{output}");
        Assert.IsTrue(code == 0 && results.All(result => result.Groups["not"].Length == 0), $"{script} ended with exit code {code}:\n{output}");
    }

    static async Task Install()
    {
        var (wanted, stamp) = (await File.ReadAllTextAsync(Path.Combine(Folder, "package-lock.json")), Path.Combine(Folder, "node_modules", ".installed"));
        if (File.Exists(stamp) && await File.ReadAllTextAsync(stamp) == wanted)
            return;

        var (code, output) = await Run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], [], CancellationToken.None);
        Assert.AreEqual(0, code, $"The client libraries of tests/Endpoints.Tests/Npm could not be installed:\n{output}");
        await File.WriteAllTextAsync(stamp, wanted);
    }

    static async Task<(int Code, string Output)> Run(
        string program, IEnumerable<string> arguments, (string Name, string Value)[] environment, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} could not be started.");
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex(@"(?m)^(?<not>not )?ok \d+ - ")]
    private static partial Regex Result();
}
