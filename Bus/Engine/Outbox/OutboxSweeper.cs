using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Outbox;

/// <summary>Dispatches what was committed and then left: by a process that ended in between, for a message that never came back, for a session that nobody repeats.</summary>
/// <remarks>Each instance of an endpoint has one. Two may send the same at the same time, under the same ids; the grace makes it rare.</remarks>
sealed partial class OutboxSweeper(IStore store, OutboxDispatcher dispatcher, TimeProvider time, ILogger logger)
{
    /// <summary>So long it is left to whoever committed it.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    static readonly TimeSpan PauseAfterPage = TimeSpan.FromSeconds(1);
    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(15);
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Runs until told to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        // What stays is found again in each round. It must not stand before others in this one.
        var (stays, isNoted, pause) = (0, true, PauseAfterPage);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var left = await store.WaitForUndispatched(Grace, passOver: stays, stop);
                var (sent, failed) = (0, 0);
                foreach (var id in left)
                {
                    var outcome = await Dispatch(id, stop);
                    if (outcome is true) sent++;
                    if (outcome is false) failed++;
                }
                await dispatcher.Marked.WaitAsync(stop);
                if (sent > 0) LogSwept(sent);
                var notNoted = left.Count(dispatcher.HasSent);
                (stays, isNoted) = (stays + failed + notNoted, isNoted && notNoted == 0);
                if (stays == 0) pause = PauseAfterPage;
                if (left.Count > 0)
                {
                    await Task.Delay(PauseAfterPage, time, stop);
                    continue;
                }

                // What can't be noted as sent stays for long: the next round is later each time.
                pause = isNoted ? PauseAfterFailure : Longer(pause);
                (stays, isNoted) = (0, true);
                await Task.Delay(pause, time, stop);
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

    /// <returns>False if it is still left: what can't be sent holds up nothing else. Null if it was sent before.</returns>
    async Task<bool?> Dispatch(string id, CancellationToken cancellation)
    {
        try
        {
            if (await store.FindOutbox(id, cancellation) is not { IsDispatched: false } record) return null;
            var wasSent = dispatcher.HasSent(id);
            await dispatcher.Dispatch(id, record.Operations, cancellation);
            return wasSent ? null : true;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            LogStillLeft(failure, id, PauseAfterFailure);
            return false;
        }
    }

    static TimeSpan Longer(TimeSpan pause) => pause * 2 < PauseAfterFailure ? PauseAfterFailure : pause * 2 < LongestPause ? pause * 2 : LongestPause;

    [LoggerMessage(LogLevel.Warning, "Sent what {Count} commits had left: whoever committed it did not come to it")]
    partial void LogSwept(int count);

    [LoggerMessage(LogLevel.Warning, "What was committed under {Id} can't be sent; it stays in the outbox, and is tried again in {Pause}")]
    partial void LogStillLeft(Exception failure, string id, TimeSpan pause);

    [LoggerMessage(LogLevel.Warning, "The outbox can't be looked through; trying again in {Pause}")]
    partial void LogAway(Exception failure, TimeSpan pause);
}
