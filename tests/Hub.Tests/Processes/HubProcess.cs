using System.Diagnostics;
using System.Globalization;

namespace Dovetail.Hub.Tests.Processes;

/// <summary>Roles of a hub in a process of their own, which can be stopped, or killed and live again.</summary>
/// <param name="settings">Each as <c>Key=Value</c>.</param>
/// <param name="log">A file to which all that it says is added.</param>
sealed class HubProcess(IEnumerable<string> roles, IEnumerable<string> settings, string log) : IAsyncDisposable
{
    /// <summary>What the hub says once all its roles run.</summary>
    const string Started = "Dovetail is running.";

    readonly SemaphoreSlim _turn = new(1);
    readonly Lock _gate = new();
    readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Process? _process;
    bool _isKilling;

    public string Log => log;

    /// <summary>True where nobody has stopped or killed it.</summary>
    public bool EndedByItself
    {
        get
        {
            lock (_gate) return !_isKilling && _process?.HasExited == true;
        }
    }

    /// <summary>Ends when all roles have run for the first time.</summary>
    public Task HasStarted => _started.Task;

    public void Start()
    {
        var start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"), "--roles", string.Join(',', roles), .. settings.SelectMany(setting => new[] { "--set", setting })])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,

            // Many processes of the tests live for a minute: what is compiled is not worth being measured and compiled once more, or being guarded against who could write to it.
            Environment = { ["DOTNET_TieredPGO"] = "0", ["DOTNET_EnableWriteXorExecute"] = "0" },
        };
        var process = Process.Start(start)!;
        process.OutputDataReceived += Write;
        process.ErrorDataReceived += Write;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        lock (_gate) (_process, _isKilling) = (process, false);
    }

    /// <summary>How many lines of its log have these words.</summary>
    public int Logged(string words)
    {
        lock (_gate) return File.Exists(log) ? File.ReadAllLines(log).Count(line => line.Contains(words, StringComparison.Ordinal)) : 0;
    }

    /// <summary>SIGTERM, and then it has to end by itself, well.</summary>
    public Task Stop(CancellationToken cancellation) => InTurn(async () =>
    {
        lock (_gate) _isKilling = true;
        using var kill = Process.Start("kill", ["-TERM", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync(cancellation);
        Assert.AreEqual(0, _process.ExitCode, $"It did not end well: {log}");
        Forget();
    }, cancellation);

    public Task KillAndRestart(CancellationToken cancellation) => InTurn(async () =>
    {
        await Kill(cancellation);
        Start();
    }, cancellation);

    /// <summary>What ended by itself is started again, as whoever runs a hub has it done.</summary>
    /// <returns>Whether there was need.</returns>
    public async Task<bool> RestartIfEnded(CancellationToken cancellation)
    {
        var had = false;
        await InTurn(async () =>
        {
            if (!(had = EndedByItself)) return;
            await Kill(cancellation);
            Start();
        }, cancellation);
        return had;
    }

    public async ValueTask DisposeAsync()
    {
        await InTurn(() => Kill(CancellationToken.None), CancellationToken.None);
        _turn.Dispose();
    }

    /// <summary>Of several who end it and start it again one does at a time: a process that nobody knows of any more would keep its ports.</summary>
    async Task InTurn(Func<Task> act, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await act();
        }
        finally
        {
            _turn.Release();
        }
    }

    async Task Kill(CancellationToken cancellation)
    {
        if (_process is null) return;
        lock (_gate) _isKilling = true;
        _process.Kill();
        await _process.WaitForExitAsync(cancellation);
        Forget();
    }

    void Forget()
    {
        lock (_gate)
        {
            _process?.Dispose();
            _process = null;
        }
    }

    void Write(object sender, DataReceivedEventArgs line)
    {
        lock (_gate) File.AppendAllText(log, line.Data + '\n');
        if (line.Data?.StartsWith(Started, StringComparison.Ordinal) == true) _started.TrySetResult();
    }
}
