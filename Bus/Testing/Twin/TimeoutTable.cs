using Dovetail.Bus.Transport;

namespace Dovetail.Bus.Testing;

/// <summary>The pending timeouts of one endpoint's sagas. Everything here happens within a call to the broker.</summary>
sealed class TimeoutTable
{
    readonly Dictionary<(Guid SagaId, string TimeoutId), PendingTimeout> _rows = [];

    public IEnumerable<PendingTimeout> All => _rows.Values.OrderBy(row => row.DueAt).ThenBy(row => row.TimeoutId, StringComparer.Ordinal);

    public bool Holds(Guid sagaId, string timeoutId) => _rows.ContainsKey((sagaId, timeoutId));

    public void Change(UnitOfWork work)
    {
        foreach (var change in work.Timeouts) Remove(change);
        foreach (var timeout in work.Requested) _rows[(timeout.SagaId, timeout.TimeoutId)] = timeout;
        foreach (var ended in work.Sagas.Where(change => change.Completed)) Remove(row => row.Saga == ended.Saga.Name && row.SagaId == ended.Data.Id);
    }

    void Remove(TimeoutChange change)
    {
        if (change is TimeoutChange.Rung { SagaId: var saga, TimeoutId: var timeout }) _rows.Remove((saga, timeout));
        if (change is TimeoutChange.Cancelled { Saga: var name, SagaId: var owner, State: var state }) Remove(row => row.Saga == name && row.SagaId == owner && row.State == state);
    }

    void Remove(Func<PendingTimeout, bool> which)
    {
        foreach (var row in _rows.Values.Where(which).ToList()) _rows.Remove((row.SagaId, row.TimeoutId));
    }
}
