using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NServiceBus;

namespace Dovetail.Benchmarks;

/// <summary>What the engine itself costs a message: queues and store are stand-ins in memory that do nothing.</summary>
static class OverheadBenchmark
{
    const int Messages = 200_000;
    const int Runs = 5;

    public static async Task Run()
    {
        Console.WriteLine($"{"work",-32} {"CPU us/message",15} {"allocated/message",18}   medians of {Runs} runs of {Messages:N0} messages of 1 KB, 32 at once");
        Print("take, and drop again", [.. Enumerable.Range(0, Runs).Select(_ => Taking())]);
        foreach (var (name, message) in Work.Kinds) await Measure(name, message);
    }

    static async Task Measure(string work, Func<int, object> message)
    {
        var runs = new List<(double Cpu, double Allocated)>();
        for (var run = 0; run <= Runs; run++)
        {
            var idle = new IdleTransport();
            using var host = Build(idle);
            await host.StartAsync();
            var session = host.Services.GetRequiredService<IMessageSession>();
            for (var id = 0; id < 100; id++) await session.SendLocal(message(id));

            await idle.HandOut(Messages / 10);
            var (cpu, allocated) = (Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes());
            await idle.HandOut(Messages);
            runs.Add(((Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / Messages, (double)(GC.GetTotalAllocatedBytes() - allocated) / Messages));
            await host.StopAsync();
        }
        Print(work, runs[1..]);
    }

    /// <summary>The share of the stand-in: copies of the headers, as any transport must make them.</summary>
    static (double, double) Taking()
    {
        var (cpu, allocated) = (Process.GetCurrentProcess().TotalProcessorTime, GC.GetTotalAllocatedBytes());
        var template = IdleTransport.Sample();
        var kept = 0;
        for (var message = 0; message < Messages; message++) kept += IdleTransport.Copy(template).Headers.Count;
        return ((Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / Messages, (GC.GetTotalAllocatedBytes() - allocated) / Messages + kept * 0.0);
    }

    static void Print(string work, IReadOnlyCollection<(double Cpu, double Allocated)> runs) => Console.WriteLine(
        $"{work,-32} {runs.Select(run => run.Cpu).Order().ElementAt(runs.Count / 2),15:N1} {runs.Select(run => run.Allocated).Order().ElementAt(runs.Count / 2),16:N0} B");

    static IHost Build(IdleTransport transport)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var endpoint = new EndpointConfiguration("Bench");
        endpoint.UseTransport(transport);
        endpoint.UsePersistence<IdlePersistence>();
        Work.Configure(endpoint);
        endpoint.LimitMessageProcessingConcurrencyTo(32);
        builder.Services.AddNServiceBusEndpoint(endpoint);
        return builder.Build();
    }
}
