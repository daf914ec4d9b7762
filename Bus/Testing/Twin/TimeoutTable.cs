using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Testing;

/// <summary>The pending timeouts of one endpoint's sagas. Everything here happens within a call to the broker.</summary>
sealed class TimeoutTable
{
    readonly Dictionary<(Guid SagaId, string TimeoutId), Row> _rows = [];
    readonly List<TaskCompletionSource> _waiting = [];

    public IEnumerable<PendingTimeout> All => _rows.Values.Select(row => row.Timeout).OrderBy(timeout => timeout.DueAt).ThenBy(timeout => timeout.TimeoutId, StringComparer.Ordinal);

    public bool Holds(Guid sagaId, string timeoutId) => _rows.ContainsKey((sagaId, timeoutId));

    /// <param name="kept">The messages of timeouts that stay here until they are due.</param>
    public void Change(UnitOfWork work, IReadOnlySet<OutgoingOperation> kept)
    {
        foreach (var change in work.Timeouts) Remove(change);
        foreach (var (timeout, message) in work.Requested)
            _rows[(timeout.SagaId, timeout.TimeoutId)] = kept.Contains(message) ? new Row(timeout, [message], timeout.DueAt) : new Row(timeout, [], null);
        foreach (var ended in work.Sagas.Where(change => change.Completed)) Remove(row => row.Saga == ended.Saga.Name && row.SagaId == ended.Data.Id);
        if (kept.Count == 0) return;
        foreach (var gate in _waiting) gate.TrySetResult();
        _waiting.Clear();
    }

    /// <summary>Those to be sent by now, which are not taken again before then.</summary>
    public List<DueTimeout> Take(DateTimeOffset now, DateTimeOffset again)
    {
        var due = _rows.Values.Where(row => row.SendAt <= now).OrderBy(row => row.SendAt).ToList();
        foreach (var row in due) _rows[row.Key] = row with { SendAt = again };
        return [.. due.Select(row => new DueTimeout(row.Timeout.SagaId, row.Timeout.TimeoutId, row.Messages))];
    }

    public DateTimeOffset? NextDue => _rows.Values.Min(row => row.SendAt);

    /// <summary>A gate that opens when another timeout is kept.</summary>
    public TaskCompletionSource Listen()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(gate);
        return gate;
    }

    public void MarkSent(DueTimeout timeout)
    {
        if (_rows.TryGetValue((timeout.SagaId, timeout.TimeoutId), out var row)) _rows[row.Key] = row with { Messages = [], SendAt = null };
    }

    void Remove(TimeoutChange change)
    {
        if (change is TimeoutChange.Rung { SagaId: var saga, TimeoutId: var timeout }) _rows.Remove((saga, timeout));
        if (change is TimeoutChange.Cancelled { Saga: var name, SagaId: var owner, State: var state }) Remove(row => row.Saga == name && row.SagaId == owner && row.State == state);
    }

    void Remove(Func<PendingTimeout, bool> which)
    {
        foreach (var row in _rows.Values.Where(row => which(row.Timeout)).ToList()) _rows.Remove(row.Key);
    }

    /// <param name="SendAt">Null once its messages are safe in their queues, and where they never lay here.</param>
    sealed record Row(PendingTimeout Timeout, IReadOnlyList<OutgoingOperation> Messages, DateTimeOffset? SendAt)
    {
        public (Guid, string) Key => (Timeout.SagaId, Timeout.TimeoutId);
    }
}
