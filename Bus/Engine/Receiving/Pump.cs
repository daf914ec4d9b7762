using Dovetail.Bus.Messages;
using Dovetail.Bus.Recoverability;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using Dovetail.Bus.Watching;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Receiving;

/// <summary>Takes messages from one queue and processes as many at a time as are allowed.</summary>
/// <param name="givesUpAfter">So long it tries to reach its queue before it ends, for another to try.</param>
/// <param name="before">The last sign of the one whose place this takes.</param>
/// <param name="hand">What was taken and is not yet dealt with, and how many more may be.</param>
sealed partial class Pump(
    string queue, IReceiver receiver, ReceivePath path, Recoverer recoverer, FailureBrake brake, Hand hand, int mostAttempts, TimeSpan givesUpAfter, Sign? before, CriticalError criticalError, TimeProvider time, ILogger logger)
{
    const int MostConflicts = 50;
    static readonly TimeSpan PauseWhenAway = TimeSpan.FromSeconds(1);

    readonly DateTimeOffset _began = time.GetUtcNow();
    readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _underway = 1;
    volatile bool _retires;

    /// <summary>The loop's last sign of life.</summary>
    public Sign Sign { get; private set; } = new(Phase.WaitsForHandler, time.GetUtcNow(), before?.FailingSince, before?.Problem);

    /// <summary>Takes messages until told to stop; those taken are dealt with beside it.</summary>
    /// <param name="stop">Take no more.</param>
    /// <param name="abort">Wait no longer for handlers.</param>
    /// <exception cref="ReceiverGaveUpException">The queue could not be reached for too long.</exception>
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
                var now = time.GetUtcNow();
                var since = Sign.HasRecovered(receiver.LookedAt, receiver.LooksEvery, now) ? now : Sign.FailingSince ?? now;
                Sign = new Sign(Phase.Rests, now, since, failure.Message);
                if (now - (since > _began ? since : _began) > givesUpAfter) throw new ReceiverGaveUpException(queue, now - since, failure);
                LogAway(failure, PauseWhenAway);
                await Pause(PauseWhenAway, stop);
            }
        }
        await StopTaking();
    }

    /// <summary>It takes no more messages: the task ends when those it took are dealt with.</summary>
    public Task Retire()
    {
        _retires = true;
        Leave();
        return _drained.Task;
    }

    void Leave()
    {
        if (Interlocked.Decrement(ref _underway) == 0) _drained.TrySetResult();
    }

    async Task StopTaking()
    {
        try
        {
            await receiver.StopTaking();
        }
        catch (Exception failure)
        {
            // What could not be given back comes to others when its lease ends.
            LogAway(failure, TimeSpan.Zero);
        }
    }

    async Task TakeSome(CancellationToken stop, CancellationToken abort)
    {
        if (Sign.Phase != Phase.WaitsForHandler) Sign = Sign with { Phase = Phase.WaitsForHandler, At = time.GetUtcNow() };
        using var room = await hand.MakeRoom(stop);
        Sign = Sign with { Phase = Phase.Takes, At = time.GetUtcNow() };
        var taken = await receiver.Take(room.Size, stop);
        Sign = new Sign(Phase.WaitsForHandler, time.GetUtcNow(), null, null);
        foreach (var message in taken)
        {
            // Counted before it is in the hand: whoever waits for this loop's messages must not miss it.
            Interlocked.Increment(ref _underway);
            if (room.Fill(message) is { } inHand)
            {
                _ = Task.Factory.StartNew(() => ProcessAll(message, inHand, stop, abort), CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current);
            }
            else
            {
                // Another loop has taken this one's place meanwhile.
                Leave();
                await GiveBack(message);
            }
        }
    }

    /// <summary>One message, and after it whatever lies ready: the detour over the loop would cost more than many a handler.</summary>
    async Task ProcessAll(ReceivedMessage message, InHand inHand, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            while (true)
            {
                await ProcessOrGiveBack(message, stop, abort);
                if (await Next(stop) is not { } next) return;
                hand.Exchange(inHand, next);
                message = next;
            }
        }
        finally
        {
            hand.Free(inHand);
            Leave();
        }
    }

    async ValueTask<ReceivedMessage?> Next(CancellationToken stop)
    {
        if (_retires || stop.IsCancellationRequested) return null;
        try
        {
            return await receiver.TakeReady(stop);
        }
        catch (Exception failure)
        {
            // If it is more than a moment's, the loop meets it too.
            LogAway(failure, TimeSpan.Zero);
            return null;
        }
    }

    async Task ProcessOrGiveBack(ReceivedMessage message, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            await Process(message, stop, abort);
        }
        catch (LeaseLostException lost)
        {
            LogLeaseLost(lost);
        }
        catch (Exception failure)
        {
            // It will be taken again: not at once, as what can't even be moved away would keep the endpoint busy with nothing else.
            LogGivenBack(failure, message.NativeId);
            if (failure is not StoreAwayException) criticalError.Raise($"Message with transport id {message.NativeId} could neither be handled nor moved to the error queue; it stays in queue '{queue}'.", failure, CancellationToken.None);
            await Pause(PauseWhenAway, stop);
            await GiveBack(message);
        }
    }

    async Task Process(ReceivedMessage message, CancellationToken stop, CancellationToken abort)
    {
        // Whoever had it before never came to an end with it. A message that takes its process down must not do so for ever.
        var isSuspect = message.Attempt > mostAttempts;
        for (var conflicts = 0; ;)
        {
            var turn = default(FailureBrake.Turn);
            try
            {
                turn = await brake.Take(abort);
                if (!await receiver.Holds(message)) throw new LeaseLostException(message.NativeId);
                if (!isSuspect) await path.Process(message, abort);
                else if (!await path.Finish(message, abort)) throw NeverEnds(message);
                await brake.Succeeded(abort);
                return;
            }
            catch (LeaseLostException lost)
            {
                LogLeaseLost(lost);
                return;
            }
            catch (Exception failure) when (abort.IsCancellationRequested)
            {
                // Called off: whatever the handler made of that, it costs no retry.
                LogCalledOff(failure, message.NativeId);
                await receiver.Release(message, CancellationToken.None);
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
            catch (ConflictException conflict) when (++conflicts < MostConflicts)
            {
                if (conflict is SagaConflictException) BusMeter.SagaConflict(message.Queue);
                await Pause(TimeSpan.FromMilliseconds(Chance.Between(5, 50)), abort);
            }
            catch (Exception failure)
            {
                await brake.Failed(stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Current);
                if (!await recoverer.Recover(message, failure, stop, CancellationToken.None)) return;
                message = message with { Attempt = message.Attempt + 1 };
                isSuspect = false;
            }
            finally
            {
                // Kept while a failure is dealt with: the pause of the brake is part of the turn.
                turn.Dispose();
            }
        }
    }

    static InvalidOperationException NeverEnds(ReceivedMessage message) => new(
        $"This message was taken {message.Attempt - 1} times, and each time the process that handled it ended, or lost its lease, before it was done. " +
        "If processes were stopped from outside, just retry it; otherwise look in their last logs for what it did to them.");

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

    [LoggerMessage(LogLevel.Information, "Message with transport id {NativeId} was called off because its endpoint stops; it waits in its queue")]
    partial void LogCalledOff(Exception failure, string nativeId);

    [LoggerMessage(LogLevel.Warning, "A message was handled in vain")]
    partial void LogLeaseLost(Exception lost);

    [LoggerMessage(LogLevel.Error, "Message with transport id {NativeId} could neither be handled nor moved away; it went back to its queue")]
    partial void LogGivenBack(Exception failure, string nativeId);
}
