using System.Net;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>Some roles of a hub in a process of their own, each with an address that says how it is.</summary>
/// <param name="addresses">Of its web roles, and of its workers.</param>
sealed class RoleProcess(string name, IReadOnlyDictionary<string, Uri> addresses, IEnumerable<(string Key, string Value)> settings, DirectoryInfo folder) : IAsyncDisposable
{
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(5) };
    readonly HubProcess _process = new(addresses.Keys, settings.Concat(addresses.Select(address => ($"Hub:Addresses:{address.Key}", address.Value.ToString()))).Select(setting => $"{setting.Item1}={setting.Item2}"),
        Path.Combine(folder.FullName, $"{name}.log"));

    public string Name => name;

    public string Log => _process.Log;

    public void Start() => _process.Start();

    /// <summary>Waits until all its roles are ready.</summary>
    public async Task IsReady(CancellationToken cancellation)
    {
        foreach (var address in addresses.Values)
        {
            while (await Says(address, "ready", cancellation) is not { Status: HttpStatusCode.OK }) await Pause(cancellation);
        }
    }

    /// <summary>Waits until one of its roles says that it lives, is not ready, and why: with these words.</summary>
    public async Task WaitsFor(string what, CancellationToken cancellation)
    {
        var address = addresses.Values.First();
        while (await Says(address, "ready", cancellation) is not { Status: HttpStatusCode.ServiceUnavailable } told || !told.Text.Contains(what, StringComparison.Ordinal)) await Pause(cancellation);
        Assert.AreEqual(HttpStatusCode.OK, (await Says(address, "live", cancellation))?.Status, name);
    }

    /// <inheritdoc cref="HubProcess.Logged" />
    public int Logged(string words) => _process.Logged(words);

    /// <inheritdoc cref="HubProcess.Stop" />
    public Task Stop(CancellationToken cancellation) => _process.Stop(cancellation);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }

    /// <summary>Null while nobody answers.</summary>
    async Task<(HttpStatusCode Status, string Text)?> Says(Uri address, string about, CancellationToken cancellation)
    {
        Assert.IsFalse(_process.EndedByItself, $"{name} ended by itself.\n{(_process.EndedByItself ? File.ReadAllText(Log) : "")}");
        try
        {
            using var answer = await _client.GetAsync(new Uri(address, $"health/{about}"), cancellation);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellation));
        }
        catch (Exception silence) when (silence is HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            return null;
        }
    }

    static Task Pause(CancellationToken cancellation) => Task.Delay(BetweenLooks, TimeProvider.System, cancellation);
}
