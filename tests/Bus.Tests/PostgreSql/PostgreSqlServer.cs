using System.Diagnostics;
using Dovetail.Bus.Tests.Conformance;

namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>A server of one test's own, which may be killed.</summary>
sealed class PostgreSqlServer : IDisposable
{
    static readonly string Script = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Catalogue.Document)!, "..", "tests", "servers"));

    // Not below the folder of the test run: PostgreSQL's own user may not be allowed to look there.
    readonly string _folder = Path.Combine("/", "tmp", $"dovetail-postgres-{Guid.NewGuid():N}");

    PostgreSqlServer()
    {
    }

    public string ConnectionString => File.ReadLines(Path.Combine(_folder, "env")).Single(line => line.StartsWith("DOVETAIL_TEST_POSTGRES=", StringComparison.Ordinal)).Split('=', 2)[1].Trim('\'');

    public static async Task<PostgreSqlServer> Begin(CancellationToken cancellation)
    {
        var server = new PostgreSqlServer();
        await server.Run("postgres", cancellation);
        return server;
    }

    /// <summary>Without warning; what was committed stays.</summary>
    public Task Kill(CancellationToken cancellation) => Run("kill", cancellation);

    public Task Start(CancellationToken cancellation) => Run("start", cancellation);

    public void Dispose() => Run("remove", CancellationToken.None).GetAwaiter().GetResult();

    async Task Run(string verb, CancellationToken cancellation)
    {
        using var process = Process.Start(new ProcessStartInfo("bash", [Script, verb, _folder]) { RedirectStandardError = true })!;
        var said = await process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        Assert.AreEqual(0, process.ExitCode, $"tests/servers {verb} failed: {said}");
    }
}
