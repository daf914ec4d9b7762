using Dovetail.Bus.Messages;
using Dovetail.Bus.Recoverability;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Receiving;

/// <summary>Takes messages from one queue and processes as many at a time as are allowed.</summary>
sealed partial class Pump(IReceiver receiver, ReceivePath path, Recoverer recoverer, FailureBrake brake, int concurrency, int mostAttempts, TimeProvider time, ILogger logger) : IDisposable
{
    const int MostConflicts = 50;
    static readonly TimeSpan PauseWhenAway = TimeSpan.FromSeconds(1);

    readonly Slots _slots = new(concurrency);

    /// <summary>Runs until told to stop, and returns when the last message taken has been dealt with.</summary>
    /// <param name="stop">Take no more.</param>
    /// <param name="abort">Wait no longer for handlers.</param>
    public async Task Run(CancellationToken stop, CancellationToken abort)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await TakeSome(stop, abort);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failure)
            {
                LogAway(failure, PauseWhenAway);
                await Pause(PauseWhenAway, stop);
            }
        }
        for (var slot = 0; slot < concurrency; slot++) await _slots.Take(CancellationToken.None);
    }

    public void Dispose() => _slots.Dispose();

    async Task TakeSome(CancellationToken stop, CancellationToken abort)
    {
        await _slots.Take(stop);
        var free = 1;
        while (free < concurrency && _slots.TryTake()) free++;
        try
        {
            var taken = await receiver.Take(free, stop);
            foreach (var message in taken)
            {
                free--;
                _ = Task.Factory.StartNew(() => ProcessAndFree(message, stop, abort), CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current);
            }
        }
        finally
        {
            if (free > 0) _slots.Release(free);
        }
    }

    async Task ProcessAndFree(ReceivedMessage message, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            await Process(message, stop, abort);
        }
        catch (Exception failure)
        {
            // It will be taken again: not at once, as what can't even be moved away would keep the endpoint busy with nothing else.
            LogGivenBack(failure, message.NativeId);
            await Pause(PauseWhenAway, stop);
            await GiveBack(message);
        }
        finally
        {
            _slots.Release();
        }
    }

    async Task Process(ReceivedMessage message, CancellationToken stop, CancellationToken abort)
    {
        if (message.Attempt > mostAttempts)
        {
            // Whoever had it before never came to an end with it. A message that takes its process down must not do so for ever.
            await recoverer.Recover(message, new InvalidOperationException(
                $"This message was taken {message.Attempt - 1} times, and each time the process that handled it ended, or lost its lease, before it was done. " +
                "If processes were stopped from outside, just retry it; otherwise look in their last logs for what it did to them."), CancellationToken.None);
            return;
        }
        for (var conflicts = 0; ;)
        {
            try
            {
                using var turn = await brake.Take(abort);
                await path.Process(message, abort);
                await brake.Succeeded(abort);
                return;
            }
            catch (OperationCanceledException) when (abort.IsCancellationRequested)
            {
                await receiver.Release(message, CancellationToken.None);
                return;
            }
            catch (LeaseLostException lost)
            {
                LogLeaseLost(lost);
                return;
            }
            catch (StoreAwayException away)
            {
                // No fault of the message: none of its retries is spent.
                LogAway(away, PauseWhenAway);
                await Pause(PauseWhenAway, stop);
                if (!stop.IsCancellationRequested) continue;
                await receiver.Release(message, CancellationToken.None);
                return;
            }
            catch (SagaConflictException) when (++conflicts < MostConflicts)
            {
                BusMeter.SagaConflict(message.Queue);
                await Pause(TimeSpan.FromMilliseconds(Chance.Between(5, 50)), abort);
            }
            catch (Exception failure)
            {
                await brake.Failed(stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
                if (!await recoverer.Recover(message, failure, CancellationToken.None)) return;
                message = message with { Attempt = message.Attempt + 1 };
            }
        }
    }

    async Task GiveBack(ReceivedMessage message)
    {
        try
        {
            await receiver.Release(message, CancellationToken.None);
        }
        catch (StoreAwayException away)
        {
            // Its lease is renewed no longer: when that ends, the message comes again.
            LogAway(away, TimeSpan.Zero);
        }
    }

    // Called off, it just ends; and it goes on where it began, as a simulation wants it.
    async Task Pause(TimeSpan duration, CancellationToken cancellation) =>
        await Task.Delay(duration, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    [LoggerMessage(LogLevel.Warning, "The queue or the store can't be reached; trying again in {Pause}. No message lost a retry by it")]
    partial void LogAway(Exception failure, TimeSpan pause);

    [LoggerMessage(LogLevel.Warning, "A message was handled in vain")]
    partial void LogLeaseLost(Exception lost);

    [LoggerMessage(LogLevel.Error, "Message with transport id {NativeId} could neither be handled nor moved away; it went back to its queue")]
    partial void LogGivenBack(Exception failure, string nativeId);
}
