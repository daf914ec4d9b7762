using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Dovetail.Bus.Tests;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Benchmarks;

/// <summary>A hub in this process that orders are placed with, and its stand-ins in a process of their own.</summary>
sealed class OrdersHub : IAsyncDisposable
{
    const int UnderWay = 400;

    readonly OrdersPlace _place;
    readonly RunningHub _hub;
    readonly Process _sandbox;
    readonly HttpClient _shop;
    readonly OrderBooks _books;

    OrdersHub(OrdersPlace place, RunningHub hub, Process sandbox, OrderBooks books) => (_place, _hub, _sandbox, _books, _shop) =
        (place, hub, sandbox, books, new() { BaseAddress = hub.Addresses["gateway"], DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } });

    public OrderBooks Books => _books;

    /// <summary>How many orders a second got through while as many as may be were under way: neither the beginning counts, nor the last ones, which nothing follows. Null if there were too few.</summary>
    public double? KeptUp { get; private set; }

    /// <summary>How many copies for the audit were not stored when the last order was placed.</summary>
    public long Behind { get; private set; }

    public TimeSpan StandInsCpu
    {
        get
        {
            _sandbox.Refresh();
            return _sandbox.TotalProcessorTime;
        }
    }

    /// <param name="ingests">False to leave the audit in its queue.</param>
    /// <param name="kind">Where queues and state are.</param>
    public static async Task<OrdersHub> Start(string folder, bool ingests, Place kind = Benchmarks.Place.Sqlite)
    {
        var place = await OrdersPlace.Create(kind);
        var sandbox = StartSandbox(folder, out var address, out var smtpPort);
        try
        {
            var hub = await RunningHub.Start(HubConfiguration.Read(new Dictionary<string, string?>(place.Settings)
            {
                ["Hub:Folder"] = folder, ["Hub:Roles"] = string.Join(',', RunningHub.AllRoles.Where(role => role != "sandbox" && (ingests || role != "servicecontrol"))), ["Hub:Addresses:Gateway"] = "http://127.0.0.1:0",
                ["Hub:Addresses:ServiceControl"] = ingests ? null : "http://127.0.0.1:9", ["Hub:Addresses:Sandbox"] = address, ["Sandbox:SmtpPort"] = smtpPort, ["Logging:Console:LogLevel:Default"] = "None",
                ["Gateway:ClientLimit:Burst"] = "100000", ["Gateway:ClientLimit:PerSecond"] = "10000",
                // The patience of a business: with that of the demo, five seconds, four hundred orders that wait for each other would all be asked after twice.
                ["Deadlines:Patience"] = "00:01:00", ["Deadlines:PaymentPatience"] = "00:02:00",
                // The stand-ins tell what happened, as the real systems do: to ask after it by itself the hub has no need for a while.
                ["Deadlines:CheckPicking"] = "00:00:05", ["Deadlines:CheckBooking"] = "00:00:05", ["Deadlines:CheckShipment"] = "00:00:05",
            }), CancellationToken.None);
            return new OrdersHub(place, hub, sandbox, await place.OpenBooks(folder));
        }
        catch
        {
            sandbox.Kill();
            await place.DisposeAsync();
            throw;
        }
    }

    /// <summary>Places orders and follows them to their end.</summary>
    /// <param name="rate">How many a second, however long each waits; null for the next as soon as one of four hundred is through.</param>
    /// <returns>How long the shop waited for each answer.</returns>
    public async Task<List<TimeSpan>> Place(string name, int orders, double? rate)
    {
        var waits = new List<TimeSpan>();
        var form = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "first-order.json"));
        var since = Stopwatch.GetTimestamp();
        var posts = new List<Task>();
        var full = default(long?);
        for (var number = 0; number < orders; number++)
        {
            if (rate is { } pace)
            {
                if (TimeSpan.FromSeconds(number / pace) - Stopwatch.GetElapsedTime(since) is { Ticks: > 0 } early) await Task.Delay(early, TimeProvider.System);
            }
            else
            {
                while (number - await _books.Through(name) >= UnderWay) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
            if (number == UnderWay) full = Stopwatch.GetTimestamp();
            posts.Add(Post(form, $"{name}-{number}", waits));
        }
        await Task.WhenAll(posts);
        Behind = await _books.Waiting();
        KeptUp = orders > UnderWay && full is { } began ? (orders - UnderWay) / Stopwatch.GetElapsedTime(began).TotalSeconds : null;
        while (await _books.Through(name) < orders) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        return waits;
    }

    public async ValueTask DisposeAsync()
    {
        await _hub.Stop(CancellationToken.None);
        await _hub.DisposeAsync();
        await _books.DisposeAsync();
        _shop.Dispose();
        _sandbox.Kill();
        await _sandbox.WaitForExitAsync();
        _sandbox.Dispose();
        await _place.DisposeAsync();
    }

    async Task Post(string form, string id, List<TimeSpan> waits)
    {
        var order = JsonNode.Parse(form)!;
        order["orderId"] = id;
        order["customer"]!["loyaltyCard"] = $"CARD-{id}";
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders") { Content = JsonContent.Create(order), Headers = { { "Idempotency-Key", id } } };
        var since = Stopwatch.GetTimestamp();
        using var response = await _shop.SendAsync(request);
        response.EnsureSuccessStatusCode();
        lock (waits) waits.Add(Stopwatch.GetElapsedTime(since));
    }

    static Process StartSandbox(string folder, out string address, out string smtpPort)
    {
        (address, smtpPort) = ($"http://127.0.0.1:{FreePort.Next()}/", FreePort.Next().ToString(CultureInfo.InvariantCulture));
        string[] settings = [$"Hub:Folder={folder}/vendors", $"Hub:Addresses:Sandbox={address}", $"Sandbox:SmtpPort={smtpPort}", "Sandbox:Pace=0.001", "Logging:Console:LogLevel:Default=None"];
        return Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"), "--roles", "sandbox", .. settings.SelectMany(setting => new[] { "--set", setting })])
        {
            RedirectStandardOutput = true,
        })!;
    }
}
