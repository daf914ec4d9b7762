using Dovetail.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- engine [outbox] | overhead | backlog | orders
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
    case ["orders"]:
        await OrdersBenchmark.Run(orders: 300);
        return 0;
    default:
        Console.Error.WriteLine("Say what to measure: 'engine' (messages a second on SQLite; 'engine outbox' with handled messages remembered), 'overhead' (processor time and memory a message costs in the engine alone), 'backlog' (a short and a long queue on SQLite) or 'orders' (processor time and messages of an order).");
        return 1;
}
