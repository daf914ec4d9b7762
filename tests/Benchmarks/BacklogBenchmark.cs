using System.Diagnostics;
using Dovetail.Bus;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dovetail.Benchmarks;

/// <summary>Whether a queue on SQLite costs the same when much waits in it. Short and long queues take turns, so that whatever else the machine does hits both.</summary>
static class BacklogBenchmark
{
    const int Batch = 2_000;
    const int AtOnce = 32;
    const int Rounds = 21;
    static readonly int[] Backlogs = [1_000, 1_000_000];
    static readonly byte[] Body = new byte[300];
    static readonly Dictionary<string, string> Headers = Enumerable.Range(0, 14).ToDictionary(number => $"NServiceBus.Header{number}", number => "a value of usual length");

    public static async Task Run()
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        try
        {
            var queues = new List<(int Backlog, ITransport Transport, IReceiver Receiver)>();
            foreach (var backlog in Backlogs)
            {
                var transport = new SqliteTransport(Path.Combine(folder.FullName, $"{backlog}.db")).Create(new TransportContext("Bench", TimeProvider.System, NullLoggerFactory.Instance));
                await transport.CreateQueues(["Bench"], CancellationToken.None);
                for (var sent = 0; sent < backlog; sent += 1_000) await transport.Send([.. Enumerable.Repeat(Message(), 1_000)], CancellationToken.None);
                queues.Add((backlog, transport, transport.Receive("Bench")));
            }

            var rounds = new List<(Cost Send, Cost Take)[]>();
            for (var round = 0; round <= Rounds; round++)
            {
                var costs = new (Cost, Cost)[queues.Count];
                for (var turn = 0; turn < queues.Count; turn++)
                {
                    var at = (turn + round) % queues.Count;
                    costs[at] = (await Measure(() => Send(queues[at].Transport)), await Measure(() => TakeAndSettle(queues[at].Receiver)));
                }
                if (round > 0) rounds.Add(costs);
            }

            Console.WriteLine($"{"",14} {"take and settle",24} {"send",24}   time (and processor time) a message, medians of {Rounds} rounds of {Batch:N0} messages, {AtOnce} at once");
            for (var at = 0; at < queues.Count; at++)
                Console.WriteLine($"{queues[at].Backlog,14:N0} {Told(rounds, costs => costs[at].Take, "us"),24} {Told(rounds, costs => costs[at].Send, "us"),24}");
            Console.WriteLine($"{"long to short",14} {Told(rounds, costs => costs[^1].Take / costs[0].Take, ""),24} {Told(rounds, costs => costs[^1].Send / costs[0].Send, ""),24}");
            foreach (var (_, transport, receiver) in queues)
            {
                await receiver.DisposeAsync();
                await transport.DisposeAsync();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static Task Send(ITransport transport) => Parallel.ForAsync(0, Batch, new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
        async (_, cancellation) => await transport.Send([Message()], cancellation));

    /// <summary>As many in hand as handlers would have.</summary>
    static async Task TakeAndSettle(IReceiver receiver)
    {
        var inHand = new List<Task>();
        for (var taken = 0; taken < Batch;)
        {
            var some = await receiver.Take(Math.Min(AtOnce - inHand.Count, Batch - taken), CancellationToken.None);
            taken += some.Count;
            inHand.AddRange(some.Select(message => receiver.Settle(message, CancellationToken.None)));
            if (inHand.Count == AtOnce) await Task.WhenAny(inHand);
            inHand.RemoveAll(task => task.IsCompletedSuccessfully);
        }
        await Task.WhenAll(inHand);
    }

    static OutgoingOperation Message() => new("message", Headers, Body, new Target.Queue("Bench"));

    static async Task<Cost> Measure(Func<Task> work)
    {
        var (cpu, since) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.GetTimestamp());
        await work();
        return new Cost(Stopwatch.GetElapsedTime(since).TotalMicroseconds / Batch, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / Batch);
    }

    static string Told(List<(Cost Send, Cost Take)[]> rounds, Func<(Cost Send, Cost Take)[], Cost> figure, string unit) =>
        $"{Median(rounds.Select(round => figure(round).Time)):N2} {unit} ({Median(rounds.Select(round => figure(round).Processor)):N2} {unit})";

    static double Median(IEnumerable<double> values) => values.Order().ElementAt(Rounds / 2);

    sealed record Cost(double Time, double Processor)
    {
        public static Cost operator /(Cost one, Cost other) => new(one.Time / other.Time, one.Processor / other.Processor);
    }
}
