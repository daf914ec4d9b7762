using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Virtual hosts, each for one test at a time. The 28 queues for delayed messages take the broker a while to make: they stay, whatever else a test leaves behind goes.</summary>
[TestClass]
public static class VirtualHosts
{
    static readonly ConcurrentBag<string> Free = [];
    static readonly ConcurrentBag<string> All = [];
    // The broker loses one of two such changes at the same time.
    static readonly SemaphoreSlim Tracing = new(1);
    // Made when a test first asks: a run without such tests needs no broker.
    static readonly Lazy<HttpClient> Made = new(CreateClient);

    static HttpClient Management => Made.Value;

    public static string Rent()
    {
        if (Free.TryTake(out var free)) return free;
        var name = $"test-{Guid.NewGuid():N}";
        Make(name).GetAwaiter().GetResult();
        return name;
    }

    public static void GiveBack(string name)
    {
        Sweep(name).GetAwaiter().GetResult();
        Free.Add(name);
    }

    public static Uri Broker(string virtualHost) => new UriBuilder(Servers.RabbitMQ) { Path = "/" + virtualHost }.Uri;

    /// <summary>What the management API says below /api/.</summary>
    public static async Task<JsonElement> Ask(string path, CancellationToken cancellation) => await Management.GetFromJsonAsync<JsonElement>(path, cancellation);

    /// <summary>Has the broker tell of every message on its way, or keep silent again.</summary>
    public static async Task Trace(string name, bool isOn)
    {
        await Tracing.WaitAsync();
        try
        {
            (await Management.PutAsJsonAsync($"vhosts/{name}", new { tracing = isOn })).EnsureSuccessStatusCode();
        }
        finally
        {
            Tracing.Release();
        }
    }

    [AssemblyCleanup]
    public static async Task DropAll(TestContext test)
    {
        foreach (var name in All) await Management.DeleteAsync($"vhosts/{name}", test.CancellationToken);
    }

    /// <summary>For who is to know its name before it is there.</summary>
    public static async Task Make(string name)
    {
        All.Add(name);
        (await Management.PutAsync($"vhosts/{name}", null)).EnsureSuccessStatusCode();
        (await Management.PutAsJsonAsync($"permissions/{name}/{Uri.UnescapeDataString(Servers.RabbitMQ.UserInfo.Split(':')[0])}", new { configure = ".*", write = ".*", read = ".*" })).EnsureSuccessStatusCode();
    }

    static async Task Sweep(string name)
    {
        await using var connection = await new ConnectionFactory { Uri = Broker(name) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        var queues = await Names($"queues/{name}?columns=name");
        // First what waits: without its address it would stand in the way at the end of the delay queues.
        foreach (var queue in queues.Where(IsForDelays)) await channel.QueuePurgeAsync(queue);
        foreach (var queue in queues.Where(queue => !IsForDelays(queue))) await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false);
        foreach (var exchange in (await Names($"exchanges/{name}?columns=name")).Where(exchange => !IsForDelays(exchange))) await channel.ExchangeDeleteAsync(exchange, ifUnused: false);
    }

    static bool IsForDelays(string name) => name.StartsWith("nsb.v2.", StringComparison.Ordinal);

    static async Task<IReadOnlyList<string>> Names(string path) =>
        [.. (await Ask(path, CancellationToken.None)).EnumerateArray().Select(one => one.GetProperty("name").GetString()!).Where(name => name.Length > 0 && !name.StartsWith("amq.", StringComparison.Ordinal))];

    static HttpClient CreateClient()
    {
        var client = new HttpClient { BaseAddress = new Uri(Servers.RabbitMQManagement, "/api/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(Servers.RabbitMQ.UserInfo))));
        return client;
    }
}
