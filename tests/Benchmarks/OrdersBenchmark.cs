using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Benchmarks;

/// <summary>What one order costs: processor time of the hub (stand-ins apart, in a process of their own), messages, and how long the shop waits.</summary>
static class OrdersBenchmark
{
    const int Shoppers = 8;

    public static async Task Run(int orders)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-benchmark-");
        using var sandbox = StartSandbox(folder.FullName, out var address, out var smtpPort);
        try
        {
            await using var hub = await RunningHub.Start(HubConfiguration.Read(new Dictionary<string, string?>
            {
                ["Hub:Folder"] = folder.FullName, ["Hub:Roles"] = "workers,tracking,servicecontrol,loyalty,pricing,shop,gateway", ["Hub:Addresses:Gateway"] = "http://127.0.0.1:0",
                ["Hub:Addresses:Sandbox"] = address, ["Sandbox:SmtpPort"] = smtpPort, ["Logging:Console:LogLevel:Default"] = "None",
                ["Gateway:ClientLimit:Burst"] = "100000", ["Gateway:ClientLimit:PerSecond"] = "10000",
            }), CancellationToken.None);
            using var shop = new HttpClient { BaseAddress = hub.Addresses["gateway"], DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
            using var support = new HttpClient { BaseAddress = hub.Addresses["gateway"], DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoSupportKey } } };
            await Place(shop, "WARM", 20);

            var before = await Messages(support);
            var (cpu, since) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.GetTimestamp());
            var waits = await Place(shop, "BENCH", orders);
            var elapsed = Stopwatch.GetElapsedTime(since);
            cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
            var messages = await Messages(support) - before;

            waits.Sort();
            Console.WriteLine($"{orders} orders placed by {Shoppers} shoppers and followed to their end in {elapsed.TotalSeconds:N1} s");
            Console.WriteLine($"  messages an order        {(double)messages / orders,10:N1}");
            Console.WriteLine($"  hub's CPU an order       {cpu.TotalMilliseconds / orders,10:N1} ms, shoppers' requests and looks included");
            Console.WriteLine($"  hub's CPU a message      {cpu.TotalMilliseconds / messages,10:N2} ms");
            Console.WriteLine($"  the shop waits for 202   {waits[waits.Count / 2].TotalMilliseconds,10:N1} ms (p50) {waits[waits.Count * 99 / 100].TotalMilliseconds:N1} ms (p99)");
            await hub.Stop(CancellationToken.None);
        }
        finally
        {
            sandbox.Kill();
            await sandbox.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    static async Task<List<TimeSpan>> Place(HttpClient shop, string name, int orders)
    {
        var waits = new List<TimeSpan>();
        var form = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "first-order.json"));
        await Parallel.ForAsync(0, orders, new ParallelOptions { MaxDegreeOfParallelism = Shoppers }, async (number, cancellation) =>
        {
            var order = JsonNode.Parse(form)!;
            order["orderId"] = $"{name}-{number}";
            order["customer"]!["loyaltyCard"] = $"CARD-{name}-{number}";
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders") { Content = JsonContent.Create(order), Headers = { { "Idempotency-Key", $"{name}-{number}" } } };
            var since = Stopwatch.GetTimestamp();
            using var response = await shop.SendAsync(request, cancellation);
            response.EnsureSuccessStatusCode();
            lock (waits) waits.Add(Stopwatch.GetElapsedTime(since));
        });
        for (var number = 0; number < orders; number++) await UntilItEnds(shop, $"{name}-{number}");
        return waits;
    }

    static async Task UntilItEnds(HttpClient shop, string orderId)
    {
        while (true)
        {
            using var response = await shop.GetAsync(new Uri($"v1/orders/{orderId}/journey", UriKind.Relative));
            if (response.IsSuccessStatusCode && (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["status"] is "completed" or "cancelled") return;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    /// <summary>How many messages were handled: they are in the audit soon after.</summary>
    static async Task<long> Messages(HttpClient support)
    {
        for (var last = -1L; ;)
        {
            using var response = await support.GetAsync(new Uri("api/messages?per_page=1", UriKind.Relative));
            var now = long.Parse(response.Headers.GetValues("Total-Count").Single(), System.Globalization.CultureInfo.InvariantCulture);
            if (now == last) return now;
            last = now;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);
        }
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
