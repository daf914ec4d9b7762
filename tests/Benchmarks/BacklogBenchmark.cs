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
    const int Rounds = 9;
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

            var times = Backlogs.ToDictionary(backlog => backlog, _ => (Take: new List<double>(), Send: new List<double>()));
            for (var round = 0; round <= Rounds; round++)
            {
                foreach (var (backlog, transport, receiver) in queues)
                {
                    var send = await Timed(() => Send(transport));
                    var take = await Timed(() => TakeAndSettle(receiver));
                    if (round == 0) continue;
                    times[backlog].Send.Add(send);
                    times[backlog].Take.Add(take);
                }
            }

            Console.WriteLine($"{"waiting",12} {"take and settle",20} {"send",20}   microseconds a message, medians of {Rounds} rounds of {Batch:N0} messages, {AtOnce} at once");
            foreach (var backlog in Backlogs) Console.WriteLine($"{backlog,12:N0} {Median(times[backlog].Take),20:N1} {Median(times[backlog].Send),20:N1}");
            Console.WriteLine($"{"ratio",12} {Median(times[Backlogs[^1]].Take) / Median(times[Backlogs[0]].Take),20:N2} {Median(times[Backlogs[^1]].Send) / Median(times[Backlogs[0]].Send),20:N2}");
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

    static async Task<double> Timed(Func<Task> work)
    {
        var since = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(since).TotalMicroseconds / Batch;
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
