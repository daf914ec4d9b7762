using System.Diagnostics;
using System.Reflection;

namespace Dovetail.Bus.Tests;

/// <summary>The servers that <c>tests/servers up</c> has started, or others that environment variables of the same names point to. A test that needs one and finds none fails.</summary>
static class Servers
{
    static readonly string Tests = Path.GetFullPath(Path.Combine(typeof(Servers).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!, ".."));
    static readonly string File = Path.GetFullPath(Path.Combine(Tests, "..", "artifacts", "servers", "env"));

    /// <summary>An AMQP URI.</summary>
    public static Uri RabbitMQ => new(Find("DOVETAIL_TEST_RABBITMQ"));

    /// <summary>The management API of the same broker, which takes the same user.</summary>
    public static Uri RabbitMQManagement => new(Find("DOVETAIL_TEST_RABBITMQ_MANAGEMENT"));

    /// <summary>A connection string of Npgsql, for a user who may create databases.</summary>
    public static string Postgres => Find("DOVETAIL_TEST_POSTGRES");

    /// <summary>Does what <c>tests/servers</c> does with these arguments.</summary>
    public static async Task Run(CancellationToken cancellation, params string[] arguments)
    {
        using var script = Process.Start(new ProcessStartInfo(Path.Combine(Tests, "servers"), arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = Task.WhenAll(script.StandardOutput.ReadToEndAsync(cancellation), script.StandardError.ReadToEndAsync(cancellation));
        await script.WaitForExitAsync(cancellation);
        if (script.ExitCode != 0) throw new InvalidOperationException($"`tests/servers {string.Join(' ', arguments)}` failed: {string.Join('\n', await said)}");
    }

    static string Find(string name) => Environment.GetEnvironmentVariable(name) ?? Read(name)
        ?? throw new InvalidOperationException($"This test needs a server, and neither the environment variable {name} nor the file {File} says where it is. Run `tests/servers up` once, then the test again; `tests/servers down` ends it.");

    static string? Read(string name) => System.IO.File.Exists(File)
        ? System.IO.File.ReadLines(File).Where(line => line.StartsWith($"{name}=", StringComparison.Ordinal)).Select(line => line[(name.Length + 1)..].Trim('\'')).FirstOrDefault()
        : null;
}
