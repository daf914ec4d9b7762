using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Benchmarks;

/// <summary>What one order costs once the hub is warm, how many orders a second it keeps up, and how long the shop waits at half that rate. The stand-ins have a process of their own.</summary>
static class OrdersBenchmark
{
    const int WarmUp = 300;
    const int UnderWay = 100;

    /// <param name="ingests">False to leave the audit in its queue.</param>
    public static async Task Run(int orders, bool ingests)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        using var sandbox = StartSandbox(folder.FullName, out var address, out var smtpPort);
        try
        {
            await using var hub = await RunningHub.Start(HubConfiguration.Read(new Dictionary<string, string?>
            {
                ["Hub:Folder"] = folder.FullName, ["Hub:Roles"] = string.Join(',', RunningHub.AllRoles.Where(role => role != "sandbox" && (ingests || role != "servicecontrol"))), ["Hub:Addresses:Gateway"] = "http://127.0.0.1:0",
                ["Hub:Addresses:ServiceControl"] = ingests ? null : "http://127.0.0.1:9", ["Hub:Addresses:Sandbox"] = address, ["Sandbox:SmtpPort"] = smtpPort, ["Logging:Console:LogLevel:Default"] = "None",
                ["Gateway:ClientLimit:Burst"] = "100000", ["Gateway:ClientLimit:PerSecond"] = "10000",
            }), CancellationToken.None);
            using var shop = new HttpClient { BaseAddress = hub.Addresses["gateway"], DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
            await using var books = await OrderBooks.Open(Path.Combine(folder.FullName, "dovetail.db"));
            await Place(shop, books, "WARM", WarmUp, rate: null);

            Console.WriteLine($"{orders} orders, {UnderWay} under way at a time, audit {(ingests ? "ingested" : "left in its queue")}, {WarmUp} orders before to warm up");
            var (before, cpu, theirs, allocated, since) = (await books.Handled(), Cpu(), sandbox.TotalProcessorTime, GC.GetTotalAllocatedBytes(), Stopwatch.GetTimestamp());
            await Place(shop, books, "BENCH", orders, rate: null);
            if (ingests) await books.UntilAuditIsEmpty();
            var elapsed = Stopwatch.GetElapsedTime(since);
            (cpu, allocated) = (Cpu() - cpu, GC.GetTotalAllocatedBytes() - allocated);
            sandbox.Refresh();
            theirs = sandbox.TotalProcessorTime - theirs;
            var messages = await books.Handled() - before;
            var rate = orders / elapsed.TotalSeconds;
            Console.WriteLine($"  kept up                  {rate,10:N1} orders/s, by the clock, with whatever else the machine did");
            Console.WriteLine($"  messages an order        {(double)messages / orders,10:N1}");
            Console.WriteLine($"  hub's CPU an order       {cpu.TotalMilliseconds / orders,10:N1} ms, so that two cores serve {2_000 * orders / cpu.TotalMilliseconds:N0} orders/s");
            Console.WriteLine($"  hub's CPU a message      {cpu.TotalMilliseconds / messages,10:N2} ms");
            Console.WriteLine($"  allocated an order       {allocated / orders / 1024,10:N0} KB");
            Console.WriteLine($"  stand-ins' CPU an order  {theirs.TotalMilliseconds / orders,10:N1} ms");

            var waits = await Place(shop, books, "WAIT", Math.Max(100, orders / 4), rate / 2);
            waits.Sort();
            Console.WriteLine($"  the shop waits for 202   {waits[waits.Count / 2].TotalMilliseconds,10:N1} ms (p50) {waits[waits.Count * 99 / 100].TotalMilliseconds:N1} ms (p99) at {rate / 2:N1} orders/s");
            await hub.Stop(CancellationToken.None);
        }
        finally
        {
            sandbox.Kill();
            await sandbox.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    static TimeSpan Cpu() => Process.GetCurrentProcess().TotalProcessorTime;

    /// <summary>Places orders and follows them to their end.</summary>
    /// <param name="rate">How many a second, however long each waits; null for the next as soon as one has ended.</param>
    static async Task<List<TimeSpan>> Place(HttpClient shop, OrderBooks books, string name, int orders, double? rate)
    {
        var waits = new List<TimeSpan>();
        var form = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "first-order.json"));
        var ended = await books.Ended();
        var since = Stopwatch.GetTimestamp();
        var posts = new List<Task>();
        for (var number = 0; number < orders; number++)
        {
            if (rate is { } pace)
            {
                if (TimeSpan.FromSeconds(number / pace) - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } early) await Task.Delay(early, TimeProvider.System);
            }
            else
            {
                while (number - (await books.Ended() - ended) >= UnderWay) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
            posts.Add(Post(shop, form, $"{name}-{number}", waits));
        }
        await Task.WhenAll(posts);
        while (await books.Ended() - ended < orders) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        return waits;
    }

    static async Task Post(HttpClient shop, string form, string id, List<TimeSpan> waits)
    {
        var order = JsonNode.Parse(form)!;
        order["orderId"] = id;
        order["customer"]!["loyaltyCard"] = $"CARD-{id}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders") { Content = JsonContent.Create(order), Headers = { { "Idempotency-Key", id } } };
        var since = Stopwatch.GetTimestamp();
        using var response = await shop.SendAsync(request);
        response.EnsureSuccessStatusCode();
        lock (waits) waits.Add(Stopwatch.GetElapsedTime(since));
    }

    static Process StartSandbox(string folder, out string address, out string smtpPort)
    {
        (address, smtpPort) = ($"http://127.0.0.1:{FreePort()}/", FreePort());
        string[] settings = [$"Hub:Folder={folder}/vendors", $"Hub:Addresses:Sandbox={address}", $"Sandbox:SmtpPort={smtpPort}", "Logging:Console:LogLevel:Default=None"];
        return Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"), "--roles", "sandbox", .. settings.SelectMany(setting => new[] { "--set", setting })])
        {
            RedirectStandardOutput = true,
        })!;
    }

    static string FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
