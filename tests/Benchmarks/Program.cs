using System.Globalization;
using Dovetail.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- engine [outbox] [postgresql | rabbitmq] [1] [8] [32] | rabbitmq [1] [8] [32] | overhead | backlog | orders [count] [no-ingestion] [postgresql | rabbitmq] | orders at <rate> [count] [no-ingestion] [postgresql | rabbitmq] | orders flat [count]
Console.WriteLine($"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}");
switch (args)
{
    case ["engine", .. var more] when more.All(word => word is "outbox" or "postgresql" or "rabbitmq" || int.TryParse(word, out _)):
        await new EngineBenchmark(PlaceOf(more), remembers: more.Contains("outbox")).Run(AtOnce(more));
        return 0;
    case ["rabbitmq", .. var more] when more.All(word => int.TryParse(word, out _)):
        await BrokerBenchmark.Run(AtOnce(more));
        return 0;
    case ["overhead"]:
        await OverheadBenchmark.Run();
        return 0;
    case ["backlog"]:
        await BacklogBenchmark.Run();
        return 0;
    case ["orders", "flat", .. var more] when more is [] || more is [var count] && int.TryParse(count, out _):
        await OrdersBenchmark.RunFlat(more is [var stored] ? int.Parse(stored, CultureInfo.InvariantCulture) : 100_000);
        return 0;
    case ["orders", "at", var rate, .. var more]:
        await OrdersBenchmark.RunAtRate(Count(more), double.Parse(rate, CultureInfo.InvariantCulture), ingests: !more.Contains("no-ingestion"), PlaceOf(more));
        return 0;
    case ["orders", .. var more]:
        await OrdersBenchmark.Run(Count(more), ingests: !more.Contains("no-ingestion"), PlaceOf(more));
        return 0;
    default:
        Console.Error.WriteLine("Say what to measure: 'engine' (messages a second on SQLite; 'engine outbox' with handled messages remembered; 'engine postgresql' on the server that DOVETAIL_TEST_POSTGRES names; 'engine rabbitmq' with queues on the broker that DOVETAIL_TEST_RABBITMQ names, and the outbox on PostgreSQL; 'engine rabbitmq 32' with 32 at once only), 'rabbitmq' (an endpoint beside the broker's bare client and MassTransit), 'overhead' (processor time and memory a message costs in the engine alone), 'backlog' (a short and a long queue on SQLite) or 'orders' (what an order costs the whole hub, and how many it keeps up; 'orders no-ingestion' with the audit left in its queue; 'orders at 30' with 30 a second, for how long the shop waits; 'orders rabbitmq' with queues on the broker and state on the server; 'orders flat', whether an order costs the same with 100,000 stored).");
        return 1;
}

static Place PlaceOf(string[] words) => words.Contains("rabbitmq") ? Place.RabbitMQ : words.Contains("postgresql") ? Place.PostgreSql : Place.Sqlite;

static int Count(string[] words) => words.Select(word => int.TryParse(word, out var count) ? count : 0).Append(1_000).First(count => count > 0);

static IReadOnlyList<int> AtOnce(string[] words) => words.Where(word => int.TryParse(word, out _)).Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToList() is { Count: > 0 } given ? given : [1, 8, 32];
