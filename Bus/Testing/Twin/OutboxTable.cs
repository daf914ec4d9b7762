using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Testing;

/// <summary>What one endpoint has committed: to be dispatched, or only to be recognized. Everything here happens within a call to the broker.</summary>
sealed class OutboxTable
{
    /// <summary>Real stores tell more at a time; simulations are to see more than one page.</summary>
    const int Page = 10;

    readonly OrderedDictionary<string, Row> _rows = new(StringComparer.Ordinal);
    readonly List<TaskCompletionSource> _waiting = [];

    public int Count => _rows.Count;

    public OutboxBacklog Backlog => new(_rows.Values.Count(row => row.DispatchedAt is null), OldestUndispatched());

    public OutboxRecord? Find(string id) => _rows.TryGetValue(id, out var row) ? new OutboxRecord(row.Operations, row.DispatchedAt is not null) : null;

    /// <param name="isDispatched">True if nothing is left to be sent.</param>
    public void Add(string id, IReadOnlyList<OutgoingOperation> operations, DateTimeOffset now, bool isDispatched)
    {
        _rows.Add(id, isDispatched ? new Row([], now, now) : new Row(operations, now, null));
        if (isDispatched) return;
        foreach (var gate in _waiting) gate.TrySetResult();
        _waiting.Clear();
    }

    public void Mark(string id, DateTimeOffset now)
    {
        if (_rows.TryGetValue(id, out var row) && row.DispatchedAt is null) _rows[id] = row with { Operations = [], DispatchedAt = now };
    }

    public List<string> Undispatched(DateTimeOffset committedUntil, int passOver) =>
        [.. _rows.Where(row => row.Value.DispatchedAt is null && row.Value.CommittedAt <= committedUntil).Skip(passOver).Take(Page).Select(row => row.Key)];

    public DateTimeOffset? OldestUndispatched() => _rows.Values.Where(row => row.DispatchedAt is null).Select(row => (DateTimeOffset?)row.CommittedAt).FirstOrDefault();

    /// <summary>A gate that opens when there is something to dispatch.</summary>
    public TaskCompletionSource Listen()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(gate);
        return gate;
    }

    public int Forget(DateTimeOffset before, int most)
    {
        var old = _rows.Where(row => row.Value.DispatchedAt < before).Take(most).Select(row => row.Key).ToList();
        foreach (var id in old) _rows.Remove(id);
        return old.Count;
    }

    sealed record Row(IReadOnlyList<OutgoingOperation> Operations, DateTimeOffset CommittedAt, DateTimeOffset? DispatchedAt);
}
