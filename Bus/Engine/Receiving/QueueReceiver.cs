using System.Diagnostics;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Recoverability;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Receiving;

/// <summary>Everything that reads one queue of an endpoint: its shared one, or the instance's own.</summary>
sealed class QueueReceiver : IAsyncDisposable
{
    readonly IReceiver _receiver;
    readonly FailureBrake _brake;
    readonly Pump _pump;
    readonly Task _running;

    /// <param name="path">Makes the path of a message for this queue's receiver.</param>
    /// <param name="stop">Take no more.</param>
    /// <param name="abort">Wait no longer for handlers.</param>
    public QueueReceiver(
        string queue, EndpointSettings settings, ITransport transport, OutgoingMessages outgoing, Func<IReceiver, ReceivePath> path, TimeProvider time, ILogger logger,
        CancellationToken stop, CancellationToken abort)
    {
        _receiver = transport.Receive(queue);
        _brake = new FailureBrake(settings.Retries, time, logger);
        _pump = new Pump(_receiver, path(_receiver), new Recoverer(settings, transport, _receiver, outgoing, time, logger), _brake, settings.Concurrency, settings.Retries.Immediate + 1, time, logger);

        // On the scheduler of whoever starts the endpoint: a simulation brings its own.
        _running = Task.Factory.StartNew(() => Run(stop, abort), CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();
    }

    /// <summary>Ends when told to stop and the last message taken has been dealt with.</summary>
    public Task Running => _running;

    Task Run(CancellationToken stop, CancellationToken abort)
    {
        // What happens to be traced while the host starts has nothing to do with the messages that come later.
        Activity.Current = null;
        return _pump.Run(stop, abort);
    }

    public async ValueTask DisposeAsync()
    {
        // A handler that heeds nobody is left behind: its lease is renewed no longer, and its message comes again.
        await _receiver.DisposeAsync();
        if (!_running.IsCompleted) return;
        _pump.Dispose();
        _brake.Dispose();
    }
}
