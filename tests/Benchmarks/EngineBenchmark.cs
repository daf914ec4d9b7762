using System.Globalization;
using Dovetail.Bus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using NServiceBus;
using RabbitMQ.Client;

namespace Dovetail.Benchmarks;

/// <summary>Where queues and state are.</summary>
enum Place
{
    Sqlite,
    PostgreSql,

    /// <summary>Queues on RabbitMQ, state and outbox on PostgreSQL.</summary>
    RabbitMQ,
}

/// <summary>Messages a second through one endpoint, for several kinds of handler.</summary>
/// <param name="remembers">True to have handled messages remembered, so that copies are recognized; where queues and state are apart they are always.</param>
sealed class EngineBenchmark(Place place, bool remembers)
{
    const int Runs = 3;

    /// <summary>What an endpoint of NServiceBus 10.2.8 did on such a machine: with its outbox on RabbitMQ and PostgreSQL.</summary>
    static readonly Dictionary<(Place, string, int), double> NServiceBus = new()
    {
        [(Place.RabbitMQ, Work.Nothings, 1)] = 479, [(Place.RabbitMQ, Work.Nothings, 8)] = 997, [(Place.RabbitMQ, Work.Nothings, 32)] = 1_045,
        [(Place.RabbitMQ, Work.Forwards, 8)] = 635, [(Place.RabbitMQ, Work.Forwards, 32)] = 772,
        [(Place.RabbitMQ, Begins, 8)] = 772, [(Place.RabbitMQ, Begins, 32)] = 724,
        [(Place.RabbitMQ, Work.Counts, 8)] = 695, [(Place.RabbitMQ, Work.Counts, 32)] = 712,
        [(Place.PostgreSql, Work.Nothings, 1)] = 970, [(Place.PostgreSql, Work.Nothings, 8)] = 1_559, [(Place.PostgreSql, Work.Nothings, 32)] = 1_165,
    };

    const string Begins = "saga begins";

    public async Task Run(IReadOnlyCollection<int> concurrencies)
    {
        Work.End = Gate.Pass;
        if (place != Place.Sqlite) Console.WriteLine(await Servers.DescribePostgres());
        Console.WriteLine();
        Console.WriteLine($"| work | at once | messages/s | processor time | allocated | NServiceBus | to it |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|--:|");
        foreach (var concurrency in concurrencies)
        {
            await Measure("send from outside", concurrency, Sending);
            foreach (var (name, message) in Work.Kinds) await Measure(name, concurrency, (host, atOnce) => Handling(host, atOnce, message));
            await Measure(Begins, concurrency, (host, atOnce) => Handling(host, atOnce, id => new Count(1_000 + id, Work.Kilobyte)));
            await Measure("handler takes the connection", concurrency, (host, atOnce) => Handling(host, atOnce, id => new Write(id)));
        }
        Console.WriteLine();
        Console.WriteLine($"Medians of {Runs} runs of {Messages(8):N0} messages of 1 KB, {Messages(1):N0} where one is handled at a time; processor time and memory are the endpoint's own.");
    }

    static int Messages(int concurrency) => concurrency == 1 ? 2_000 : 10_000;

    async Task Measure(string work, int concurrency, Func<IHost, int, Task<Func<Task>>> prepare)
    {
        var runs = new List<Cost>();
        for (var run = 0; run < Runs; run++) runs.Add(await Once(concurrency, prepare));
        var cost = Cost.Median(runs);
        var peer = NServiceBus.TryGetValue((place, work, concurrency), out var rate) ? string.Create(CultureInfo.InvariantCulture, $"{rate:N0} | {cost.Rate / rate:N1}") : " | ";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {work} | {concurrency} | {cost.Rate:N0} | {cost.Cpu:N0} us | {cost.Allocated / 1024:N1} KB | {peer} |"));
    }

    async Task<Cost> Once(int concurrency, Func<IHost, int, Task<Func<Task>>> prepare)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        var schema = $"benchmark_{Guid.NewGuid():N}";
        try
        {
            Gate.Close(Messages(concurrency));
            await Execute($"CREATE SCHEMA {schema}");
            using var host = Build(Path.Combine(folder.FullName, "bus.db"), schema, concurrency);
            await host.StartAsync();
            var cost = await Cost.Of(Messages(concurrency), await prepare(host, concurrency));
            await host.StopAsync();
            return cost;
        }
        finally
        {
            folder.Delete(recursive: true);
            await Execute($"DROP SCHEMA {schema} CASCADE");
            await DropQueues();
        }
    }

    static Task<Func<Task>> Sending(IHost host, int concurrency)
    {
        var session = host.Services.GetRequiredService<IMessageSession>();
        return Task.FromResult<Func<Task>>(() => Parallel.ForAsync(0, Messages(concurrency), new ParallelOptions { MaxDegreeOfParallelism = concurrency },
            async (id, cancellation) => await session.Send("Sink", Work.Nothing(id), cancellation)));
    }

    static async Task<Func<Task>> Handling(IHost host, int concurrency, Func<int, object> message)
    {
        // The handlers wait at a gate while the queue fills, so that receiving alone is measured.
        var session = host.Services.GetRequiredService<IMessageSession>();
        await Parallel.ForAsync(0, Messages(concurrency), new ParallelOptions { MaxDegreeOfParallelism = 100 }, async (id, cancellation) => await session.SendLocal(message(id), cancellation));
        return () =>
        {
            Gate.Open();
            return Gate.All;
        };
    }

    async Task Execute(string sql)
    {
        if (place == Place.Sqlite) return;
        await using var data = NpgsqlDataSource.Create(Servers.Postgres);
        await using var command = data.CreateCommand($"SET client_min_messages = warning; {sql}");
        await command.ExecuteNonQueryAsync();
    }

    async Task DropQueues()
    {
        if (place != Place.RabbitMQ) return;
        await using var connection = await new ConnectionFactory { Uri = new Uri(Servers.RabbitMQ) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var queue in new[] { "Bench", "Sink" }) await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false);
    }

    IHost Build(string path, string schema, int concurrency)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var endpoint = new EndpointConfiguration("Bench");
        switch (place)
        {
            case Place.Sqlite:
                endpoint.UseTransport(new SqliteTransport(path));
                endpoint.UsePersistence<SqlitePersistence>();
                break;
            case Place.PostgreSql:
                endpoint.UseTransport(new PostgreSqlTransport(Servers.Postgres) { DefaultSchema = schema });
                endpoint.UsePersistence<SqlPersistence>().SqlDialect<SqlDialect.PostgreSql>().Schema(schema);
                break;
            default:
                endpoint.UseTransport(Servers.Transport());
                var persistence = endpoint.UsePersistence<SqlPersistence>();
                persistence.ConnectionBuilder(() => new NpgsqlConnection(Servers.Postgres));
                persistence.SqlDialect<SqlDialect.PostgreSql>().Schema(schema);
                endpoint.Recoverability().Delayed(delayed => delayed.NumberOfRetries(0));
                break;
        }
        if (place != Place.Sqlite) endpoint.EnableInstallers();
        Work.Configure(endpoint);
        endpoint.LimitMessageProcessingConcurrencyTo(concurrency);
        endpoint.SendFailedMessagesTo("Sink");
        if (remembers || place == Place.RabbitMQ) endpoint.EnableOutbox();
        endpoint.AddHandler<WriteHandler>();
        builder.Services.AddNServiceBusEndpoint(endpoint);
        return builder.Build();
    }

    sealed record Write(int Id);

    sealed class WriteHandler : IHandleMessages<Write>
    {
        public async Task Handle(Write message, IMessageHandlerContext context)
        {
            await Gate.Pass();
            await using var command = context.SynchronizedStorageSession.SqlPersistenceSession().Connection.CreateCommand();

            // What is asynchronous in a handler goes on in the pool, while the others wait for the connection.
            await Task.Yield();
        }
    }
}
