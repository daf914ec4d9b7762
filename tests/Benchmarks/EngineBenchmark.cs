using System.Diagnostics;
using Dovetail.Bus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using NServiceBus;

namespace Dovetail.Benchmarks;

/// <summary>Messages a second through one endpoint on SQLite or PostgreSQL, flushed to disk, for several kinds of handler.</summary>
static class EngineBenchmark
{
    const int Messages = 10_000;
    const int Runs = 3;
    static bool Remembers;
    static string? PostgreSql;

    /// <param name="outbox">True to have handled messages remembered, so that copies are recognized.</param>
    /// <param name="postgreSql">A connection string, for queues and state there; null for SQLite.</param>
    public static async Task Run(bool outbox, string? postgreSql)
    {
        (Remembers, PostgreSql, Work.End) = (outbox, postgreSql, Done.One);
        Console.WriteLine($"{"work",-32} {"at once",8} {"messages/s",12} {"CPU us/message",15} {"allocated/message",18}   medians of {Runs} runs of {Messages:N0} messages");
        foreach (var concurrency in new[] { 1, 8, 32 })
        {
            await Measure("send from outside", concurrency, Sending);
            foreach (var (name, message) in Work.Kinds) await Measure(name, concurrency, (host, _) => Handling(host, message));
            await Measure("handler takes the connection", concurrency, (host, _) => Handling(host, id => new Write(id)));
        }
    }

    static async Task Measure(string work, int concurrency, Func<IHost, int, Task<Func<Task>>> prepare)
    {
        var runs = new List<(double Rate, double Cpu, long Allocated)>();
        for (var run = 0; run < Runs; run++) runs.Add(await Once(concurrency, prepare));
        double Median(Func<(double Rate, double Cpu, long Allocated), double> figure) => runs.Select(figure).Order().ElementAt(Runs / 2);
        Console.WriteLine($"{work,-32} {concurrency,8} {Median(run => run.Rate),12:N0} {Median(run => run.Cpu),15:N0} {Median(run => run.Allocated),16:N0} B");
    }

    static async Task<(double Rate, double Cpu, long Allocated)> Once(int concurrency, Func<IHost, int, Task<Func<Task>>> prepare)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        var schema = $"benchmark_{Guid.NewGuid():N}";
        try
        {
            Done.Reset();
            Execute($"CREATE SCHEMA {schema}");
            using var host = Build(Path.Combine(folder.FullName, "bus.db"), schema, concurrency);
            await host.StartAsync();
            var run = await prepare(host, concurrency);
            var (cpu, allocated, since) = (Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
            await run();
            var elapsed = Stopwatch.GetElapsedTime(since);
            cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            await host.StopAsync();
            return (Messages / elapsed.TotalSeconds, cpu.TotalMicroseconds / Messages, allocated / Messages);
        }
        finally
        {
            folder.Delete(recursive: true);
            Execute($"DROP SCHEMA {schema} CASCADE");
        }
    }

    static Task<Func<Task>> Sending(IHost host, int concurrency)
    {
        var session = host.Services.GetRequiredService<IMessageSession>();
        return Task.FromResult<Func<Task>>(() => Parallel.ForAsync(0, Messages, new ParallelOptions { MaxDegreeOfParallelism = concurrency },
            async (id, cancellation) => await session.Send("Sink", Work.Nothing(id), cancellation)));
    }

    static async Task<Func<Task>> Handling(IHost host, Func<int, object> message)
    {
        // The handlers wait at a gate while the queue fills, so that receiving alone is measured.
        var session = host.Services.GetRequiredService<IMessageSession>();
        await Parallel.ForAsync(0, Messages, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (id, cancellation) => await session.SendLocal(message(id), cancellation));
        return () =>
        {
            Done.Open();
            return Done.All;
        };
    }

    static void Execute(string sql)
    {
        if (PostgreSql is null) return;
        using var connection = new NpgsqlConnection(PostgreSql);
        connection.Open();
        using var command = new NpgsqlCommand($"SET client_min_messages = warning; {sql}", connection);
        command.ExecuteNonQuery();
    }

    static IHost Build(string path, string schema, int concurrency)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var endpoint = new EndpointConfiguration("Bench");
        if (PostgreSql is null)
        {
            endpoint.UseTransport(new SqliteTransport(path));
            endpoint.UsePersistence<SqlitePersistence>();
        }
        else
        {
            endpoint.UseTransport(new PostgreSqlTransport(PostgreSql) { DefaultSchema = schema });
            endpoint.UsePersistence<SqlPersistence>().SqlDialect<SqlDialect.PostgreSql>().Schema(schema);
            endpoint.EnableInstallers();
        }
        Work.Configure(endpoint);
        endpoint.LimitMessageProcessingConcurrencyTo(concurrency);
        endpoint.SendFailedMessagesTo("Sink");
        if (Remembers) endpoint.EnableOutbox();
        endpoint.AddHandler<WriteHandler>();
        builder.Services.AddNServiceBusEndpoint(endpoint);
        return builder.Build();
    }

    sealed record Write(int Id);

    sealed class WriteHandler : IHandleMessages<Write>
    {
        public async Task Handle(Write message, IMessageHandlerContext context)
        {
            await Done.One();
            await using var command = context.SynchronizedStorageSession.SqlPersistenceSession().Connection.CreateCommand();

            // What is asynchronous in a handler goes on in the pool, while the others wait for the connection.
            await Task.Yield();
        }
    }

    /// <summary>Holds the handlers until all is ready, and tells when all were called.</summary>
    static class Done
    {
        static TaskCompletionSource Gate = new();
        static TaskCompletionSource Every = new();
        static int Called;

        public static Task All => Every.Task;

        public static void Reset() => (Gate, Every, Called) = (new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously), 0);

        public static void Open() => Gate.SetResult();

        public static Task One()
        {
            if (Interlocked.Increment(ref Called) == Messages) Every.SetResult();
            return Gate.Task;
        }
    }
}
