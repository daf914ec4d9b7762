using System.Data.Common;
using Dovetail.Bus.RabbitMQ.Receiving;
using Dovetail.Bus.Tests.RabbitMQ;
using Dovetail.Bus.Victim;
using RabbitMQ.Client;

namespace Dovetail.Bus.Tests.Crashes;

/// <summary>Queues on RabbitMQ, and PostgreSQL beside it.</summary>
sealed class RabbitMQCrashDatabase : ICrashDatabase
{
    readonly PostgreSqlCrashDatabase _store = new();
    readonly string _virtualHost = VirtualHosts.Rent();

    public string Name => $"{VirtualHosts.Broker(_virtualHost)} and {_store.Name}";

    public bool SendsOnce => false;

    public DbConnection Connect() => _store.Connect();

    /// <remarks>Without those that a process has in hand, of which the broker tells late. Whoever wants to know of all has to stop the processes first.</remarks>
    public async Task<long> Left(DbConnection connection)
    {
        var queues = (await VirtualHosts.Ask($"queues/{_virtualHost}?columns=name", CancellationToken.None)).EnumerateArray().Select(one => one.GetProperty("name").GetString()!);
        var left = SmallSystem.Queues.Sum(queue => connection.Number($"SELECT count(*) FROM \"{queue}_OutboxData\" WHERE NOT \"Dispatched\""));
        // What a killed process had taken of these, another sends after a while.
        left += connection.Number($"SELECT count(*) FROM \"{SmallSystem.Desk}_SagaTimeouts\" WHERE \"SendAt\" IS NOT NULL");
        foreach (var queue in queues.Where(queue => queue is not ("audit" or "error"))) left += await Count(queue);
        return left;
    }

    public Task<long> Errors(DbConnection connection) => Count("error");

    public Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> Audit(DbConnection connection) => Use<IReadOnlyList<IReadOnlyDictionary<string, string>>>(async channel =>
    {
        var copies = new List<IReadOnlyDictionary<string, string>>();
        while (await channel.BasicGetAsync("audit", autoAck: true) is { } copy) copies.Add(IncomingProperties.HeadersOf(copy.BasicProperties));
        return copies;
    });

    public void Dispose()
    {
        VirtualHosts.GiveBack(_virtualHost);
        _store.Dispose();
    }

    Task<long> Count(string queue) => Use(async channel => (long)(await channel.QueueDeclarePassiveAsync(queue)).MessageCount);

    async Task<T> Use<T>(Func<IChannel, Task<T>> work)
    {
        await using var connection = await new ConnectionFactory { Uri = VirtualHosts.Broker(_virtualHost) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        return await work(channel);
    }
}
