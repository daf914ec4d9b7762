using System.Collections.Concurrent;

namespace Dovetail.Bus.Sql.Queues;

/// <summary>Tells receivers of this process at once that something came into their queue.</summary>
sealed class Wakeups
{
    readonly ConcurrentDictionary<string, SemaphoreSlim[]> _listeners = new(StringComparer.Ordinal);

    /// <summary>A gate that opens when something came; several times may count as one.</summary>
    /// <remarks>Nobody disposes it: whoever wakes at this very moment may still hold it, and without a wait handle there is nothing to free.</remarks>
    public SemaphoreSlim Listen(string queue)
    {
        var gate = new SemaphoreSlim(0);
        _listeners.AddOrUpdate(queue, [gate], (_, others) => [.. others, gate]);
        return gate;
    }

    public void Leave(string queue, SemaphoreSlim gate) => _listeners.AddOrUpdate(queue, [], (_, others) => [.. others.Where(other => other != gate)]);

    public void Wake(string queue)
    {
        if (!_listeners.TryGetValue(queue, out var gates)) return;
        foreach (var gate in gates)
        {
            if (gate.CurrentCount == 0) gate.Release();
        }
    }
}
