using System.Diagnostics;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Recoverability;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Dovetail.Bus.Watching;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Receiving;

/// <summary>Everything that reads one queue of an endpoint: its shared one, or the instance's own. A loop that dies or hangs is replaced by a new one.</summary>
/// <param name="path">Makes the path of a message for this queue's receiver.</param>
sealed partial class QueueReceiver(
    string queue, EndpointSettings settings, Behaviors behaviors, ITransport transport, Departures departures, EndpointMeter meter, Func<IReceiver, ReceivePath> path, CriticalError criticalError, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>A message may come back so often with nobody's failure told, however few retries there are: servers go away and processes are stopped, which is no fault of the message.</summary>
    const int MostReturns = 5;

    static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    readonly FailureBrake _brake = new(settings.Retries, time, logger);
    readonly Hand _hand = new(settings.Concurrency, time);
    readonly HashSet<IReceiver> _receivers = [];
    Watchdog? _watchdog;
    Loop? _loop;
    Sign? _lastSign;
    Exception? _lastEnd;
    Task _retired = Task.CompletedTask;
    int _restarts;
    bool _stops;

    public string Queue => queue;

    /// <summary>Ends when told to stop and the last message taken has been dealt with.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>What it is doing at the moment.</summary>
    public ReceiverState State
    {
        get
        {
            var now = time.GetUtcNow();
            var problem = _loop is { } loop ? loop.Problem(now) : _lastEnd?.Message;
            var activity = _stops || Running.IsCompleted ? ReceiverActivity.Stopped
                : _loop?.IsStuck(settings.Watch.Silence, now) ?? _lastEnd is not (null or ReceiverGaveUpException) ? ReceiverActivity.Stuck
                : problem is not null ? ReceiverActivity.Away
                : _hand.IsEmpty ? ReceiverActivity.Idle : ReceiverActivity.Busy;
            return new ReceiverState(queue, activity, [.. _hand.Messages.Select(message => message.Told)], _restarts, problem);
        }
    }

    /// <param name="stop">Take no more.</param>
    /// <param name="abort">Wait no longer for handlers.</param>
    public void Start(CancellationToken stop, CancellationToken abort)
    {
        _watchdog = new Watchdog(queue, settings.Watch, _hand, time, logger);

        // On the scheduler of whoever starts the endpoint: a simulation brings its own.
        Running = Begin(() => Run(stop, abort));
    }

    public async ValueTask DisposeAsync()
    {
        _watchdog?.Dispose();
        List<IReceiver> receivers;
        lock (_receivers) receivers = [.. _receivers];

        // A handler that heeds nobody is left behind: its lease is renewed no longer, and its message comes again.
        foreach (var receiver in receivers.Where(Owns)) await receiver.DisposeAsync();
        if (!Running.IsCompleted) return;
        _hand.Dispose();
        _brake.Dispose();
    }

    async Task Run(CancellationToken stop, CancellationToken abort)
    {
        // What happens to be traced while the host starts has nothing to do with the messages that come later.
        Activity.Current = null;
        var pause = ShortestPause;
        for (var inVain = 0; !stop.IsCancellationRequested;)
        {
            var began = time.GetUtcNow();
            _lastEnd = await RunLoop(stop, abort);
            if (_lastEnd is not { } end) break;
            var worked = _lastSign is { FailingSince: null } sign && sign.At - began > settings.Watch.Silence;
            inVain = worked ? 0 : inVain + 1;
            pause = inVain <= 1 ? ShortestPause : pause * 2 < settings.Watch.Silence ? pause * 2 : settings.Watch.Silence;
            Tell(end, pause, isNews: inVain <= 1);
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        _stops = true;
        await _hand.Emptied();
        await _retired;
    }

    /// <returns>What it died of; null if it was told to stop.</returns>
    async Task<Exception?> RunLoop(CancellationToken stop, CancellationToken abort)
    {
        var stopLoop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Loop? loop = null;
        try
        {
            _loop = loop = Create();
            _watchdog!.Watch(loop);
            _ = Begin(() => loop.Run(stopLoop.Token, abort));
            return await loop.Ended;
        }
        catch (Exception failure)
        {
            return failure;
        }
        finally
        {
            _watchdog!.Watch(null);
            _hand.TakeBackRoom();
            (_loop, _lastSign) = (null, loop?.Pump.Sign);
            _retired = Begin(() => Retire(loop, stopLoop));
        }
    }

    /// <summary>Whatever the loop still has is dealt with; then its receiver goes.</summary>
    async Task Retire(Loop? loop, CancellationTokenSource stopLoop)
    {
        try
        {
            stopLoop.Cancel();
            if (loop is null) return;
            await loop.Pump.Retire();
            if (Owns(loop.Receiver)) await loop.Receiver.DisposeAsync();
        }
        catch (Exception failure)
        {
            LogNotRetired(failure, queue);
        }
        finally
        {
            stopLoop.Dispose();
        }
    }

    bool Owns(IReceiver receiver)
    {
        lock (_receivers) return _receivers.Remove(receiver);
    }

    void Tell(Exception end, TimeSpan pause, bool isNews)
    {
        _restarts++;
        BusMeter.ReceiverRestarted(queue);
        LogRestarts(end, queue, pause);
        if (isNews) criticalError.Raise($"The receiver of queue '{queue}' has ended and is replaced: {end.Message}", end, CancellationToken.None);
    }

    Loop Create()
    {
        var receiver = transport.Receive(queue);
        lock (_receivers) _receivers.Add(receiver);
        return new Loop(receiver, new Pump(
            queue, receiver, path(receiver), new Recoverer(settings, behaviors, departures, meter, transport, receiver, time, logger), _brake, _hand, 1 + Math.Max(settings.Retries.Immediate, MostReturns), settings.Watch.Silence, _lastSign, criticalError, time, logger));
    }

    static Task Begin(Func<Task> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();

    [LoggerMessage(LogLevel.Error, "The receiver of queue {Queue} has ended; a new one begins in {Pause}. Messages in hand are handled to their end")]
    partial void LogRestarts(Exception end, string queue, TimeSpan pause);

    [LoggerMessage(LogLevel.Warning, "The receiver of queue {Queue} that was replaced could not be disposed")]
    partial void LogNotRetired(Exception failure, string queue);
}
