using System.Diagnostics;

namespace Dovetail.Benchmarks;

/// <summary>What an order costs once the hub is warm, how many orders a second it keeps up, and how long the shop waits for an answer.</summary>
static class OrdersBenchmark
{
    // After 300 the compiler still takes a tenth of the processor time.
    const int WarmUp = 1_000;

    /// <summary>As many as the hub keeps up.</summary>
    /// <param name="ingests">False to leave the audit in its queue.</param>
    public static async Task Run(int orders, bool ingests, Place place)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        try
        {
            await using var hub = await OrdersHub.Start(folder.FullName, ingests, place);
            await hub.Place("WARM", WarmUp, rate: null);

            Console.WriteLine($"{orders} orders, {Told(place)}, 400 under way at a time, audit {(ingests ? "ingested" : "left in its queue")}, {WarmUp} orders before to warm up");
            var (before, allocated, collections) = (await hub.Books.Handled(), GC.GetTotalAllocatedBytes(), GC.CollectionCount(0));
            var cost = await Measure(hub, () => hub.Place("BENCH", orders, rate: null), ingests);
            (allocated, collections) = (GC.GetTotalAllocatedBytes() - allocated, GC.CollectionCount(0) - collections);
            var behind = hub.Behind;
            var messages = await hub.Books.Handled() - before;
            var rate = hub.KeptUp ?? orders / cost.Elapsed.TotalSeconds;
            Console.WriteLine($"  kept up                  {rate,10:N1} orders/s, by the clock, with whatever else the machine did");
            if (ingests) Console.WriteLine($"  copies not stored        {behind,10:N0}        when the last order was placed");
            Console.WriteLine($"  messages an order        {(double)messages / orders,10:N1}");
            Console.WriteLine($"  hub's CPU an order       {cost.Hub.TotalMilliseconds / orders,10:N1} ms, so that two cores serve {2_000 * orders / cost.Hub.TotalMilliseconds:N0} orders/s");
            Console.WriteLine($"  hub's CPU a message      {cost.Hub.TotalMilliseconds / messages,10:N2} ms");
            Console.WriteLine($"  allocated an order       {allocated / orders / 1024,10:N0} KB, {(double)collections / orders:N2} collections");
            Console.WriteLine($"  stand-ins' CPU an order  {cost.StandIns.TotalMilliseconds / orders,10:N1} ms, so that two cores serve {2_000 * orders / (cost.Hub + cost.StandIns).TotalMilliseconds:N0} orders/s with them");
            Tell(await hub.Place("WAIT", Math.Max(100, orders / 4), rate / 2), rate / 2);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>So many a second, whether or not the hub keeps up.</summary>
    public static async Task RunAtRate(int orders, double rate, bool ingests, Place place)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        try
        {
            await using var hub = await OrdersHub.Start(folder.FullName, ingests, place);
            await hub.Place("WARM", WarmUp, rate: null);
            Console.WriteLine($"{orders} orders, {Told(place)}, audit {(ingests ? "ingested" : "left in its queue")}, {WarmUp} orders before to warm up");
            Tell(await hub.Place("WAIT", orders, rate), rate);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Two hubs side by side, one with few stored orders and one with many, take turns: the ratio of what an order costs is that of a turn, so that whatever else the machine does meets both.</summary>
    public static async Task RunFlat(int many)
    {
        const int originals = 200;
        const int few = 1_000;
        const int turns = 7;
        const int orders = 100;
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        try
        {
            var (small, large) = (Path.Combine(folder.FullName, "few"), Path.Combine(folder.FullName, "many"));
            await using (var hub = await OrdersHub.Start(small, ingests: false)) await hub.Place("STORED", originals, rate: null);
            CopyFolder(small, large);
            foreach (var (place, count) in new[] { (small, few), (large, many) })
            {
                var path = Path.Combine(place, "dovetail.db");
                Console.WriteLine($"{count,8:N0} stored orders: {StoredOrders.Multiply(path, "STORED-", originals, count / originals - 1),12:N0} rows, {new FileInfo(path).Length >> 20:N0} MiB");
            }

            await using var first = await OrdersHub.Start(small, ingests: false);
            await using var second = await OrdersHub.Start(large, ingests: false);
            OrdersHub[] hubs = [first, second];
            foreach (var hub in hubs) await hub.Place("WARM", originals, rate: null);
            var costs = new List<double[]>();
            for (var turn = 0; turn < turns; turn++)
            {
                var cost = new double[hubs.Length];
                for (var which = 0; which < hubs.Length; which++)
                    cost[which] = (await Measure(hubs[which], () => hubs[which].Place($"TURN{turn}", orders, rate: null), ingests: false)).Hub.TotalMilliseconds / orders;
                costs.Add(cost);
                Console.WriteLine($"  turn {turn + 1}: {cost[0],6:N1} ms an order with few stored, {cost[1],6:N1} ms with many, ratio {cost[1] / cost[0]:N2}");
            }
            Console.WriteLine($"  median:  {Median(costs.Select(cost => cost[0])),6:N1} ms, {Median(costs.Select(cost => cost[1])),6:N1} ms, ratio {Median(costs.Select(cost => cost[1] / cost[0])):N2}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task<(TimeSpan Hub, TimeSpan StandIns, TimeSpan Elapsed)> Measure(OrdersHub hub, Func<Task> work, bool ingests)
    {
        var (cpu, theirs, since) = (Cpu(), hub.StandInsCpu, Stopwatch.GetTimestamp());
        await work();
        if (ingests) await hub.Books.UntilAuditIsEmpty();
        var elapsed = Stopwatch.GetElapsedTime(since);
        return (Cpu() - cpu, hub.StandInsCpu - theirs, elapsed);
    }

    static void Tell(List<TimeSpan> waits, double rate)
    {
        waits.Sort();
        Console.WriteLine($"  the shop waits for 202   {waits[waits.Count / 2].TotalMilliseconds,10:N1} ms (p50) {waits[waits.Count * 99 / 100].TotalMilliseconds:N1} ms (p99) at {rate:N1} orders/s");
    }

    static string Told(Place place) => place switch { Place.Sqlite => "SQLite", Place.PostgreSql => "PostgreSQL", _ => "RabbitMQ and PostgreSQL" };

    static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    static double Median(IEnumerable<double> values) => values.Order().ToList() is var sorted ? sorted[sorted.Count / 2] : 0;

    static TimeSpan Cpu() => Process.GetCurrentProcess().TotalProcessorTime;
}
