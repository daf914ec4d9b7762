using Dovetail.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- engine [outbox] | overhead | backlog | orders [count] [no-ingestion]
Console.WriteLine($"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}");
switch (args)
{
    case ["engine", .. var more] when more is [] or ["outbox"]:
        await EngineBenchmark.Run(outbox: more.Length > 0);
        return 0;
    case ["overhead"]:
        await OverheadBenchmark.Run();
        return 0;
    case ["backlog"]:
        await BacklogBenchmark.Run();
        return 0;
    case ["orders", .. var more]:
        await OrdersBenchmark.Run(more.Select(word => int.TryParse(word, out var count) ? count : 0).Append(1_000).First(count => count > 0), ingests: !more.Contains("no-ingestion"));
        return 0;
    default:
        Console.Error.WriteLine("Say what to measure: 'engine' (messages a second on SQLite; 'engine outbox' with handled messages remembered), 'overhead' (processor time and memory a message costs in the engine alone), 'backlog' (a short and a long queue on SQLite) or 'orders' (what an order costs the whole hub, and how many it keeps up; 'orders no-ingestion' with the audit left in its queue).");
        return 1;
}
