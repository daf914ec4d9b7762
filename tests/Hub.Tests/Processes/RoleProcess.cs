using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>Some roles of a hub in a process of their own, as an operator starts and stops them.</summary>
/// <param name="addresses">Of its web roles, and of its workers.</param>
sealed class RoleProcess(string name, IReadOnlyDictionary<string, Uri> addresses, IEnumerable<(string Key, string Value)> settings, DirectoryInfo folder) : IAsyncDisposable
{
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    readonly HttpClient _client = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(5) };
    readonly Lock _log = new();
    Process? _process;

    public string Name => name;

    public string Log => Path.Combine(folder.FullName, $"{name}.log");

    public void Start()
    {
        var all = settings.Concat(addresses.Select(address => ($"Hub:Addresses:{address.Key}", address.Value.ToString())));
        _process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"), "--roles", string.Join(',', addresses.Keys), .. all.SelectMany(setting => new[] { "--set", $"{setting.Item1}={setting.Item2}" })])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += Write;
        _process.ErrorDataReceived += Write;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

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

    /// <summary>SIGTERM, and then it has to end by itself.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync(cancellation);
        Assert.AreEqual(0, _process.ExitCode, $"{name} did not end well: {Log}");
        _process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_process is null) return;
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Null while nobody answers.</summary>
    async Task<(HttpStatusCode Status, string Text)?> Says(Uri address, string about, CancellationToken cancellation)
    {
        Assert.IsFalse(_process!.HasExited, $"{name} ended by itself.\n{(_process.HasExited ? File.ReadAllText(Log) : "")}");
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

    void Write(object sender, DataReceivedEventArgs line)
    {
        lock (_log) File.AppendAllText(Log, line.Data + '\n');
    }

    static Task Pause(CancellationToken cancellation) => Task.Delay(BetweenLooks, TimeProvider.System, cancellation);
}
