using System.Diagnostics;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>Roles of a hub in a process of their own, which can be killed and live again.</summary>
sealed class HubProcess : IAsyncDisposable
{
    /// <summary>What the hub says once all its roles run.</summary>
    const string Started = "Dovetail is running.";

    readonly ProcessStartInfo _start;
    readonly string _log;
    readonly Lock _gate = new();
    TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Process _process;
    bool _isKilling;

    /// <param name="log">A file to which all that it says is added.</param>
    public HubProcess(IEnumerable<string> roles, IEnumerable<string> settings, string log)
    {
        _log = log;
        _start = new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Dovetail.Hub.dll"), "--roles", string.Join(',', roles), .. settings.SelectMany(setting => new[] { "--set", setting })])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Start();
    }

    /// <summary>True where nobody has killed it.</summary>
    public bool EndedByItself
    {
        get
        {
            lock (_gate) return !_isKilling && _process.HasExited;
        }
    }

    /// <summary>Ends when all roles run.</summary>
    public Task HasStarted => _started.Task;

    public async Task KillAndRestart(CancellationToken cancellation)
    {
        await Kill(cancellation);
        _process = Start();
        lock (_gate) _isKilling = false;
    }

    public async ValueTask DisposeAsync() => await Kill(CancellationToken.None);

    async Task Kill(CancellationToken cancellation)
    {
        lock (_gate) _isKilling = true;
        _process.Kill();
        await _process.WaitForExitAsync(cancellation);
        _process.Dispose();
    }

    Process Start()
    {
        _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = Process.Start(_start)!;
        void Write(object sender, DataReceivedEventArgs line)
        {
            lock (_gate) File.AppendAllText(_log, line.Data + '\n');
            if (sender == _process && line.Data?.StartsWith(Started, StringComparison.Ordinal) == true) _started.TrySetResult();
        }

        process.OutputDataReceived += Write;
        process.ErrorDataReceived += Write;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
