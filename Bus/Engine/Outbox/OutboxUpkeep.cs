using System.Diagnostics;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Outbox;

/// <summary>All that one endpoint instance does about what its commits left to dispatch.</summary>
/// <param name="asksForTimeouts">True if one of its sagas does.</param>
sealed class OutboxUpkeep(IStore store, ITransport transport, OutboxPolicy policy, bool asksForTimeouts, TimeProvider time, ILogger logger)
{
    Task _upkeep = Task.CompletedTask;

    public OutboxDispatcher Dispatcher { get; } = new(store, transport, time, logger);

    /// <summary>Begins to sweep, to clean, and to send what is due.</summary>
    public void Start(CancellationToken stop)
    {
        List<Task> upkeep = [Begin(() => new OutboxSweeper(store, Dispatcher, time, logger).Run(stop))];
        if (policy.Cleans && (policy.Enabled || store.RemembersAlways)) upkeep.Add(Begin(() => new OutboxCleaner(store, policy, time, logger).Run(stop)));
        if (asksForTimeouts) upkeep.Add(Begin(() => new KeptTimeouts(store, transport, time, logger).Run(stop)));
        _upkeep = Task.WhenAll(upkeep);
    }

    /// <summary>Waits, after the last message, until nothing is left to do.</summary>
    public async Task Ended()
    {
        await _upkeep;
        await Dispatcher.Marked;
    }

    // On the scheduler of whoever starts the endpoint: a simulation brings its own.
    static Task Begin(Func<Task> work) => Task.Factory.StartNew(() =>
    {
        Activity.Current = null;
        return work();
    }, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Current).Unwrap();
}
