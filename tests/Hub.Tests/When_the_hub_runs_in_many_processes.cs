using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.NetworkInformation;
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

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dovetail-local-test-");
    readonly Uri _door = Scene.FreeAddress();

    string Place => Path.Combine(_folder.FullName, "local");

    public async ValueTask DisposeAsync()
    {
        // Only where the test failed is there anything left to end.
        if (Directory.Exists(Place)) await Hub(CancellationToken.None, "down");
        _folder.Delete(recursive: true);
    }

    [TestMethod, Timeout(300_000, CooperativeCancellation = true)]
    public async Task It_comes_up_by_one_command_serves_an_order_while_a_gateway_is_killed_and_goes_down_leaving_nothing()
    {
        await Hub(test.CancellationToken, "up");
        var ports = await Ports();
        Assert.HasCount(ports.Count, ports.Where(IsTaken));
        var status = await Hub(test.CancellationToken, "status");
        Assert.AreEqual(12, status.Split(" ready ").Length - 1, status);

        using var shop = new HttpClient { BaseAddress = _door, DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
        var order = await PlaceOrder(shop, "first");
        await Hub(test.CancellationToken, "kill", "gateway-1");
        await PlaceOrder(shop, "second");
        await Ends(shop, order);

        await Hub(test.CancellationToken, "down");
        Assert.IsEmpty(ports.Where(IsTaken));
        Assert.IsEmpty(Processes());
        Assert.IsFalse(Directory.Exists(Place));
    }

    async Task<string> PlaceOrder(HttpClient shop, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/orders")
        {
            Headers = { { "Idempotency-Key", $"\"{key}\"" } },
            Content = JsonContent.Create(JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "first-order.json"), test.CancellationToken))),
        };
        using var response = await shop.SendAsync(request, test.CancellationToken);
        Assert.AreEqual(HttpStatusCode.Accepted, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["orderId"]!.GetValue<string>();
    }

    /// <summary>Looks until the order has gone the whole way. Nobody who asks meanwhile hears that the hub is not well.</summary>
    async Task Ends(HttpClient shop, string order)
    {
        while (true)
        {
            using var response = await shop.GetAsync(new Uri($"v1/orders/{order}/journey", UriKind.Relative), test.CancellationToken);
            Assert.IsLessThan(500, (int)response.StatusCode);
            if (response.IsSuccessStatusCode && (await response.Content.ReadFromJsonAsync<JsonObject>(test.CancellationToken))!["status"]!.GetValue<string>() == "completed") return;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, test.CancellationToken);
        }
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
        using var script = Process.Start(new ProcessStartInfo(Script, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            Environment =
            {
                ["DOVETAIL_LOCAL"] = Place, ["DOVETAIL_LOCAL_PORT"] = _door.Port.ToString(CultureInfo.InvariantCulture), ["DOVETAIL_LOCAL_HUB"] = Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"),
            },
        })!;
        var said = Task.WhenAll(script.StandardOutput.ReadToEndAsync(cancellation), script.StandardError.ReadToEndAsync(cancellation));
        await script.WaitForExitAsync(cancellation);
        var all = string.Join('\n', await said);
        Assert.AreEqual(0, script.ExitCode, $"`deploy/local/hub {string.Join(' ', arguments)}` failed: {all}");
        return all;
    }
}
