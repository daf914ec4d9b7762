using System.Diagnostics;

namespace Dovetail.Benchmarks;

/// <summary>What so many messages cost this process: servers apart are not counted.</summary>
/// <param name="Rate">Messages a second.</param>
/// <param name="Cpu">Microseconds of processor time a message.</param>
/// <param name="Allocated">Bytes a message.</param>
sealed record Cost(double Rate, double Cpu, double Allocated)
{
    public static async Task<Cost> Of(int messages, Func<Task> work)
    {
        using var process = Process.GetCurrentProcess();
        var (cpu, allocated, since) = (process.TotalProcessorTime, GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        await work();
        var elapsed = Stopwatch.GetElapsedTime(since);
        process.Refresh();
        return new Cost(messages / elapsed.TotalSeconds, (process.TotalProcessorTime - cpu).TotalMicroseconds / messages, (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / messages);
    }

    public static Cost Median(IReadOnlyCollection<Cost> costs) => new(Median(costs.Select(cost => cost.Rate)), Median(costs.Select(cost => cost.Cpu)), Median(costs.Select(cost => cost.Allocated)));

    public static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;
}
