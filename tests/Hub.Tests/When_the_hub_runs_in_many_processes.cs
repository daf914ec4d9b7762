using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Reflection;
using System.Text.Json.Nodes;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Tests.Faults;

namespace Dovetail.Hub.Tests;

/// <summary>What <c>deploy/local/hub</c> starts: three nodes of a broker, a database, and two processes of each role.</summary>
[TestClass]
public sealed class When_the_hub_runs_in_many_processes(TestContext test) : IAsyncDisposable
{
    static readonly string Script = Path.GetFullPath(Path.Combine(
        typeof(When_the_hub_runs_in_many_processes).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!, "..", "..", "deploy", "local", "hub"));

    // A few at a time, and below what the gateway lets one client ask.
    const int Askers = 4;

    // So many answers before a gateway is killed, and after: requests are under way at that moment, too.
    const int Enough = 20;

    static readonly TimeSpan BetweenRequests = TimeSpan.FromMilliseconds(100);

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-local-test-");
    readonly Uri _door = Scene.FreeAddress();
    int _answers;

    string Place => Path.Combine(_folder.FullName, "local");

    public async ValueTask DisposeAsync()
    {
        // Only where the test failed is there anything left to end.
        if (Directory.Exists(Place)) await Hub(CancellationToken.None, "down");
        _folder.Delete(recursive: true);
    }

    [TestMethod, Timeout(600_000, CooperativeCancellation = true)]
    public async Task It_comes_up_by_one_command_answers_everything_while_a_gateway_is_killed_and_goes_down_leaving_nothing()
    {
        await Hub(test.CancellationToken, "up");
        var ports = await Ports();
        Assert.HasCount(ports.Count, ports.Where(IsTaken));
        var (_, status) = await Run(Path.GetRelativePath(_folder.FullName, Place), ["status"], test.CancellationToken);
        Assert.AreEqual(12, status.Split(" ready ").Length - 1, status);

        using var shop = new HttpClient { BaseAddress = _door, DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
        var order = await PlaceOrder(shop, "first");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(test.CancellationToken);
        var asking = Enumerable.Range(1, Askers).Select(asker => Ask(shop, asker, order, enough.Token)).ToList();
        await Answers(Enough, asking);
        await Hub(test.CancellationToken, "kill", "gateway-1");
        await Answers(_answers + Enough, asking);
        await enough.CancelAsync();
        await Task.WhenAll(asking);
        await Ends(shop, order);

        await Hub(test.CancellationToken, "down");
        Assert.IsEmpty(ports.Where(IsTaken));
        Assert.IsEmpty(Processes());
        Assert.IsFalse(Directory.Exists(Place));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    [DataRow("kill")]
    [DataRow("stop", "web-1", "web-2")]
    [DataRow("up", "again")]
    [DataRow("restart")]
    public async Task What_it_does_not_understand_it_answers_with_all_that_it_does(params string[] arguments)
    {
        var (code, said) = await Run(Place, arguments, test.CancellationToken);

        Assert.AreEqual(2, code, said);
        StringAssert.Contains(said, "deploy/local/hub kill NAME", StringComparison.Ordinal);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_door_that_is_taken_is_told_before_anything_starts()
    {
        using var other = new TcpListener(IPAddress.Loopback, _door.Port);
        other.Start();

        var (code, said) = await Run(Place, ["up"], test.CancellationToken);

        Assert.AreNotEqual(0, code);
        StringAssert.Contains(said, $"Port {_door.Port}, at which the door is to listen, is taken by another program.", StringComparison.Ordinal);
        Assert.IsEmpty(Processes());
    }

    async Task<string> PlaceOrder(HttpClient shop, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders")
        {
            Headers = { { "Idempotency-Key", $"\"{key}\"" } },
            Content = JsonContent.Create(Demo.Orders.Order()),
        };
        using var response = await shop.SendAsync(request, test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["orderId"]!.GetValue<string>();
    }

    /// <summary>Places orders and looks at the first one, in turns, until told to stop. A request that was begun is always waited for.</summary>
    async Task Ask(HttpClient shop, int asker, string order, CancellationToken enough)
    {
        for (var number = 1; !enough.IsCancellationRequested; number++)
        {
            if (number % 2 == 0) await PlaceOrder(shop, string.Create(CultureInfo.InvariantCulture, $"{asker}-{number}"));
            else await Status(shop, order);
            Interlocked.Increment(ref _answers);
            await Task.Delay(BetweenRequests, TimeProvider.System, enough).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task Answers(int count, List<Task> asking)
    {
        while (Volatile.Read(ref _answers) < count)
        {
            // One that has ended by now was not answered as it should be.
            if (asking.Find(one => one.IsCompleted) is { } ended) await ended;
            await Task.Delay(BetweenRequests, TimeProvider.System, test.CancellationToken);
        }
    }

    /// <summary>Looks until the order has gone the whole way. Nobody who asks meanwhile hears that the hub is not well.</summary>
    async Task Ends(HttpClient shop, string order)
    {
        for (string? status; (status = await Status(shop, order)) != "completed"; await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, test.CancellationToken)) Assert.AreNotEqual("cancelled", status);
    }

    /// <summary>Null while the order is not known to whoever tells its journey.</summary>
    async Task<string?> Status(HttpClient shop, string order)
    {
        using var response = await shop.GetAsync(new Uri($"v1/orders/{order}/journey", UriKind.Relative), test.CancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        Assert.AreEqual(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["status"]!.GetValue<string>();
    }

    /// <summary>Those of the hub, of the door, and of the servers.</summary>
    async Task<IReadOnlyList<int>> Ports()
    {
        var own = (await File.ReadAllLinesAsync(Path.Combine(Place, "ports"), test.CancellationToken)).Select(line => line.Split('=')[1]);
        var servers = Directory.EnumerateDirectories(Path.Combine(Place, "rabbit")).SelectMany(node => File.ReadAllLines(Path.Combine(node, "env"))).Select(line => new Uri(line.Split('\'')[1]).Port.ToString(CultureInfo.InvariantCulture));
        return [.. own.Concat(servers).Select(port => int.Parse(port, CultureInfo.InvariantCulture))];
    }

    static bool IsTaken(int port) => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(listener => listener.Port == port);

    /// <summary>Whoever works in this place, by command line or environment. Erlang's port mapper stays: it serves every node on the machine, whoever started it.</summary>
    IEnumerable<string> Processes() =>
        from process in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(process), out var id) && id != Environment.ProcessId
        let command = Read(Path.Combine(process, "cmdline"))
        where !command.Contains("epmd", StringComparison.Ordinal) && (command + Read(Path.Combine(process, "environ"))).Contains(Place, StringComparison.Ordinal)
        select command.Replace('\0', ' ');

    static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is somebody else's.
            return "";
        }
    }

    async Task<string> Hub(CancellationToken cancellation, params string[] arguments)
    {
        var (code, said) = await Run(Place, arguments, cancellation);
        Assert.AreEqual(0, code, $"`deploy/local/hub {string.Join(' ', arguments)}` failed: {said}");
        return said;
    }

    async Task<(int Code, string Said)> Run(string place, string[] arguments, CancellationToken cancellation)
    {
        using var script = Process.Start(new ProcessStartInfo(Script, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.FullName,
            Environment =
            {
                ["DOVETAIL_LOCAL"] = place, ["DOVETAIL_LOCAL_PORT"] = _door.Port.ToString(CultureInfo.InvariantCulture), ["DOVETAIL_LOCAL_HUB"] = Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"),
            },
        })!;
        var said = Task.WhenAll(script.StandardOutput.ReadToEndAsync(cancellation), script.StandardError.ReadToEndAsync(cancellation));
        await script.WaitForExitAsync(cancellation);
        return (script.ExitCode, string.Join('\n', await said));
    }
}
