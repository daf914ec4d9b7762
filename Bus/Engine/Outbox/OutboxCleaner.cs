using System.Data;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Outbox;

/// <summary>How long handled messages are remembered.</summary>
sealed class OutboxPolicy
{
    public bool Enabled { get; set; }

    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(7);

    public TimeSpan CleanEvery { get; set; } = TimeSpan.FromMinutes(1);

    public bool Cleans { get; set; } = true;

    /// <summary>Of commits in which the application has a hand.</summary>
    public IsolationLevel Isolation { get; set; } = IsolationLevel.ReadCommitted;
}

/// <summary>Forgets handled messages once copies of them are no longer to be expected.</summary>
sealed partial class OutboxCleaner(IStore store, OutboxPolicy policy, TimeProvider time, ILogger logger)
{
    // Few at a time: other writes go in between.
    const int Batch = 500;

    /// <summary>Runs until told to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                while (await store.ForgetDispatched(time.GetUtcNow() - policy.KeepFor, Batch, stop) == Batch)
                {
                }
                await Task.Delay(policy.CleanEvery, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogFailed(failure, policy.CleanEvery);
                await Task.Delay(policy.CleanEvery, time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Messages handled long ago could not be removed from the outbox; trying again in {Pause}. Nothing but room is at stake")]
    partial void LogFailed(Exception failure, TimeSpan pause);
}
