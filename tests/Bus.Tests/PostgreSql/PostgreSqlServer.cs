namespace Dovetail.Bus.Tests.PostgreSql;

/// <summary>A server of one test's own, which may be killed.</summary>
sealed class PostgreSqlServer : IDisposable
{
    // Not below the folder of the test run: PostgreSQL's own user may not be allowed to look there.
    readonly string _folder = Path.Combine("/", "tmp", $"dovetail-postgres-{Guid.NewGuid():N}");

    PostgreSqlServer()
    {
    }

    public string ConnectionString => File.ReadLines(Path.Combine(_folder, "env")).Single(line => line.StartsWith("DOVETAIL_TEST_POSTGRES=", StringComparison.Ordinal)).Split('=', 2)[1].Trim('\'');

    /// <param name="settings">Lines of postgresql.conf.</param>
    public static async Task<PostgreSqlServer> Begin(CancellationToken cancellation, params string[] settings)
    {
        var server = new PostgreSqlServer();
        await Servers.Run(cancellation, ["postgres", server._folder, .. settings]);
        return server;
    }

    /// <summary>Without warning; what was committed stays.</summary>
    public Task Kill(CancellationToken cancellation) => Servers.Run(cancellation, "kill", _folder);

    public Task Start(CancellationToken cancellation) => Servers.Run(cancellation, "start", _folder);

    /// <summary>Has the server begin its next life as one that is only read, as a replica does, until it is promoted.</summary>
    public Task Demote(CancellationToken cancellation) => File.WriteAllTextAsync(Path.Combine(_folder, "data", "standby.signal"), "", cancellation);

    public void Dispose() => Servers.Run(CancellationToken.None, "remove", _folder).GetAwaiter().GetResult();
}
