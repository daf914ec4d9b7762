using System.Diagnostics;
using Dovetail.Bus.Victim;

namespace Dovetail.Bus.Tests.Crashes;

/// <param name="Times">How often the moment comes before it counts.</param>
/// <param name="Stops">True to be killed right at the moment; false for somewhere behind it.</param>
sealed record Kill(Moment Moment, int Times, bool Stops = true)
{
    public override string ToString() => $"{Moment} {Times} {(Stops ? "stop" : "go")}";
}

/// <summary>The small system in a process of its own.</summary>
sealed class VictimProcess : IDisposable
{
    readonly Process _process;

    public VictimProcess(string database, string ledger)
    {
        _process = Process.Start(new ProcessStartInfo("dotnet", [typeof(SmallSystem).Assembly.Location, database, ledger])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        _process.StandardInput.AutoFlush = true;
    }

    /// <summary>Waits until the endpoints run.</summary>
    public async Task Ready(CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync("live".AsMemory(), cancellation);
        await Until("ready", cancellation);
    }

    /// <summary>Lets the process come to the moment, and kills it there with no chance to do anything more.</summary>
    public async Task Die(Kill kill, CancellationToken cancellation)
    {
        await _process.StandardInput.WriteLineAsync(kill.ToString().AsMemory(), cancellation);
        await Until("reached", cancellation);
        _process.Kill();
        await _process.WaitForExitAsync(cancellation);
    }

    /// <summary>A proper stop: what is in hand is finished.</summary>
    public async Task Stop(CancellationToken cancellation)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancellation);
        Assert.AreEqual(0, _process.ExitCode, "The process did not stop properly.");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process.Dispose();
    }

    async Task Until(string word, CancellationToken cancellation)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            if (line == word) return;
        }
        Assert.Fail($"The process ended by itself instead of saying '{word}'.");
    }
}
