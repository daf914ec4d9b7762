using Dovetail.Bus.Tests;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>RabbitMQ and PostgreSQL for one test, which may be away. Where they are is known all the time.</summary>
sealed class OwnServers : IAsyncDisposable
{
    // Not below the folder of the test run: PostgreSQL's own user may not be allowed to look there.
    readonly string _folder = Path.Combine("/", "tmp", $"dovetail-own-servers-{Guid.NewGuid():N}");

    OwnServers()
    {
    }

    public IEnumerable<(string Key, string Value)> Settings =>
    [
        ("ConnectionStrings:Dovetail", Find("postgres", "DOVETAIL_TEST_POSTGRES")), ("ConnectionStrings:RabbitMQ", Find("rabbitmq", "DOVETAIL_TEST_RABBITMQ")),
        ("Bus:BrokerManagement", Find("rabbitmq", "DOVETAIL_TEST_RABBITMQ_MANAGEMENT")),
    ];

    string Postgres => Path.Combine(_folder, "postgres");

    string RabbitMQ => Path.Combine(_folder, "rabbitmq");

    /// <summary>Both have been there once, and are not now.</summary>
    public static async Task<OwnServers> Away(CancellationToken cancellation)
    {
        var servers = new OwnServers();
        Directory.CreateDirectory(servers._folder);
        await Task.WhenAll(Servers.Run(cancellation, "postgres", servers.Postgres), Servers.Run(cancellation, "rabbitmq", servers.RabbitMQ));
        await Task.WhenAll(Servers.Run(cancellation, "kill", servers.Postgres), Servers.Run(cancellation, "kill", servers.RabbitMQ));
        return servers;
    }

    public Task StartPostgres(CancellationToken cancellation) => Servers.Run(cancellation, "start", Postgres);

    public Task StartRabbitMQ(CancellationToken cancellation) => Servers.Run(cancellation, "start", RabbitMQ);

    public async ValueTask DisposeAsync()
    {
        await Servers.Run(CancellationToken.None, "remove", Postgres);
        await Servers.Run(CancellationToken.None, "remove", RabbitMQ);
        Directory.Delete(_folder, recursive: true);
    }

    string Find(string server, string name) => File.ReadLines(Path.Combine(_folder, server, "env")).Single(line => line.StartsWith($"{name}=", StringComparison.Ordinal)).Split('=', 2)[1].Trim('\'');
}
