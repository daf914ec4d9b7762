using Dovetail.Bus.Tests;
using Dovetail.Bus.Tests.RabbitMQ;

namespace Dovetail.Hub.Tests;

/// <summary>Where a hub under test has its queues and its state.</summary>
sealed class Place : IAsyncDisposable
{
    readonly OwnDatabase? _database;
    readonly string? _virtualHost;

    Place(OwnDatabase? database, string? virtualHost) => (_database, _virtualHost) = (database, virtualHost);

    /// <summary>What the hub is told of it.</summary>
    public IEnumerable<(string Key, string Value)> Settings
    {
        get
        {
            // Its own pools are closed with the database: what the hub keeps open would last longer than the test.
            if (_database is not null) yield return ("ConnectionStrings:Dovetail", $"{_database.ConnectionString};Pooling=True;Connection Idle Lifetime=2;Connection Pruning Interval=1");
            if (_virtualHost is null) yield break;
            yield return ("ConnectionStrings:RabbitMQ", VirtualHosts.Broker(_virtualHost).AbsoluteUri);
            yield return ("Bus:BrokerManagement", Servers.RabbitMQManagement.AbsoluteUri);
        }
    }

    public static Place InAFile() => new(null, null);

    public static async Task<Place> OnPostgreSql(CancellationToken cancellation) => new(await OwnDatabase.Create(cancellation), null);

    public static async Task<Place> OnRabbitMQAndPostgreSql(CancellationToken cancellation) => new(await OwnDatabase.Create(cancellation), VirtualHosts.Rent());

    public async ValueTask DisposeAsync()
    {
        if (_virtualHost is not null) VirtualHosts.GiveBack(_virtualHost);
        if (_database is not null) await _database.DisposeAsync();
    }
}
