using Dovetail.Gateway.Keys;
using Dovetail.Hub.Commands;
using Dovetail.Hub.Demo;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;

namespace Dovetail.Hub.Tests;

/// <summary>A whole hub in this process, with stand-ins and a folder of its own, in a hurry.</summary>
sealed class HubUnderTest : IAsyncDisposable
{
    readonly DirectoryInfo _folder;
    readonly RunningHub _hub;

    HubUnderTest(DirectoryInfo folder, RunningHub hub)
    {
        _folder = folder;
        _hub = hub;
        Shop = new DemoShop(Gateway, Sandbox);
        Support = new HttpClient { BaseAddress = Gateway, DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoSupportKey } } };
        Client = new HttpClient { BaseAddress = Gateway, DefaultRequestHeaders = { { "X-Api-Key", RunningHub.DemoShopKey } } };
    }

    public Uri Gateway => _hub.Addresses["gateway"];

    public Uri Sandbox => _hub.Addresses["sandbox"];

    public DemoShop Shop { get; }

    /// <summary>Speaks to the gateway as the support desk.</summary>
    public HttpClient Support { get; }

    /// <summary>Speaks to the gateway as a shop.</summary>
    public HttpClient Client { get; }

    /// <param name="settings">Beside those of the demo.</param>
    public static async Task<HubUnderTest> Start(CancellationToken cancellation, params IEnumerable<(string Key, string Value)> settings)
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-hub-");
        var all = DemoCommand.ForTheDemo(folder.FullName);
        foreach (var (key, value) in settings) all[key] = value;
        return new HubUnderTest(folder, await RunningHub.Start(HubConfiguration.Read(all), cancellation));
    }

    /// <summary>People of the support desk, each with a key of their own.</summary>
    public async Task<IReadOnlyList<HttpClient>> Operators(int count, CancellationToken cancellation)
    {
        using var keys = new ApiKeys($"Data Source={Path.Combine(_folder.FullName, "gateway.db")};Pooling=False", TimeProvider.System);
        var clients = new List<HttpClient>();
        for (var number = 1; number <= count; number++)
        {
            var created = await keys.Create($"operator-{number}", $"operator-{number}", ["support"], expires: null, cancellation);
            clients.Add(new HttpClient { BaseAddress = Gateway, DefaultRequestHeaders = { { "X-Api-Key", created.Key } } });
        }
        return clients;
    }

    public async ValueTask DisposeAsync()
    {
        Shop.Dispose();
        Support.Dispose();
        Client.Dispose();
        await _hub.Stop(CancellationToken.None);
        await _hub.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
