using Dovetail.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- engine | orders
Console.WriteLine($"{Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}");
switch (args)
{
    case ["engine"]:
        await EngineBenchmark.Run();
        return 0;
    case ["orders"]:
        await OrdersBenchmark.Run(orders: 300);
        return 0;
    default:
        Console.Error.WriteLine("Say what to measure: 'engine' (messages a second on SQLite) or 'orders' (processor time and messages of an order).");
        return 1;
}
