using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Sagas;

/// <summary>Sends the messages of timeouts that the store has kept, once they are due.</summary>
/// <remarks>Each instance of an endpoint does. What one has taken and could not send, or could not note as sent, is taken again and sent under the same id; it rings once, as its row goes with that.</remarks>
sealed partial class KeptTimeouts(IStore store, ITransport transport, TimeProvider time, ILogger logger)
{
    /// <summary>What one instance has taken is left to it for so long.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);

    /// <summary>Runs until told to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var due = await store.WaitForDueTimeouts(Patience, stop);
                var failures = await Task.WhenAll(due.Select(timeout => Send(timeout, stop)));
                List<DueTimeout> sent = [.. due.Where((_, number) => failures[number] is null)];
                if (sent.Count > 0) await store.MarkSent(sent, stop);
                if (sent.Count == due.Count) continue;
                LogNotSent(failures.First(static failure => failure is not null)!, due.Count - sent.Count, Patience);
                await Task.Delay(PauseAfterFailure, time, stop);
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

    /// <returns>Why it could not be sent, which holds up no other; null if it was.</returns>
    async Task<Exception?> Send(DueTimeout timeout, CancellationToken cancellation)
    {
        try
        {
            await transport.Send(timeout.Messages, cancellation);
            return null;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            return failure;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} timeouts are due and can't be sent; they are kept, and tried again in {Patience}")]
    partial void LogNotSent(Exception failure, int count, TimeSpan patience);

    [LoggerMessage(LogLevel.Warning, "Timeouts that are due can't be looked up, or noted as sent; trying again in {Pause}")]
    partial void LogAway(Exception failure, TimeSpan pause);
}
