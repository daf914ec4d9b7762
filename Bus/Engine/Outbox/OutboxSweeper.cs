using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Outbox;

/// <summary>Dispatches what was committed and then left: by a process that ended in between, for a message that never came back, for a session that nobody repeats.</summary>
/// <remarks>Each instance of an endpoint has one. Two may send the same at the same time, under the same ids; the grace makes it rare.</remarks>
sealed partial class OutboxSweeper(IStore store, OutboxDispatcher dispatcher, TimeProvider time, ILogger logger)
{
    /// <summary>So long it is left to whoever committed it.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    static readonly TimeSpan PauseAfterRound = TimeSpan.FromSeconds(1);
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(15);

    /// <summary>Runs until told to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var (sent, failed) = (0, 0);
                foreach (var id in await store.WaitForUndispatched(Grace, stop))
                {
                    var outcome = await Dispatch(id, stop);
                    if (outcome is true) sent++;
                    if (outcome is false) failed++;
                }
                await dispatcher.Marked.WaitAsync(stop);
                if (sent > 0) LogSwept(sent);
                await Task.Delay(failed > 0 ? PauseAfterFailure : PauseAfterRound, time, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogAway(failure, PauseAfterFailure);
                await Task.Delay(PauseAfterFailure, time, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
            }
        }
    }

    /// <returns>False if it is still left: what can't be sent holds up nothing else. Null if somebody else has sent it meanwhile.</returns>
    async Task<bool?> Dispatch(string id, CancellationToken cancellation)
    {
        try
        {
            if (await store.FindOutbox(id, cancellation) is not { IsDispatched: false } record) return null;
            await dispatcher.Dispatch(id, record.Operations, cancellation);
            return true;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            LogStillLeft(failure, id, PauseAfterFailure);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "Sent what {Count} commits had left: whoever committed it did not come to it")]
    partial void LogSwept(int count);

    [LoggerMessage(LogLevel.Warning, "What was committed under {Id} can't be sent; it stays in the outbox, and is tried again in {Pause}")]
    partial void LogStillLeft(Exception failure, string id, TimeSpan pause);

    [LoggerMessage(LogLevel.Warning, "The outbox can't be looked through; trying again in {Pause}")]
    partial void LogAway(Exception failure, TimeSpan pause);
}
