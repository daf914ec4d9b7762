using System.Text.Json;
using Dovetail.Bus.Sagas;
using NServiceBus;

namespace Dovetail.Bus.Testing;

/// <summary>The instances of one saga as they lie in a store: written out, so that nobody changes them by a reference kept.</summary>
sealed class SagaTable(string saga, Type dataType)
{
    readonly Dictionary<Guid, Row> _rows = [];

    public Type DataType => dataType;

    public IEnumerable<byte[]> All => _rows.Values.Select(row => row.Data);

    /// <summary>When the first of them began.</summary>
    public DateTimeOffset? Oldest => _rows.Values.Min(row => (DateTimeOffset?)row.Began);

    public SagaRecord? Find(SagaKey key)
    {
        var row = key switch
        {
            SagaKey.ById { Id: var id } => _rows.GetValueOrDefault(id),
            SagaKey.ByCorrelation { Value: var value } => _rows.Values.FirstOrDefault(row => value.Equals(row.Correlation)),
            _ => throw new InvalidOperationException($"A saga can't be looked up by {key}."),
        };
        return row is null ? null : Read(row);
    }

    public SagaRecord? Find(Func<IContainSagaData, bool> isWanted) => _rows.Values.Select(Read).FirstOrDefault(record => isWanted(record.Data));

    /// <exception cref="SagaConflictException">Somebody else changed or began the instance meanwhile.</exception>
    public void Check(SagaChange change)
    {
        var row = _rows.GetValueOrDefault(change.Data.Id);
        var free = change.ReadAt is { } version
            ? row?.Version == version
            : row is null && (CorrelationOf(change) is not { } value || !_rows.Values.Any(other => value.Equals(other.Correlation)));
        if (!free) throw new SagaConflictException(saga, change.Data.Id);
    }

    public void Save(SagaChange change, DateTimeOffset now)
    {
        if (change.Completed)
        {
            _rows.Remove(change.Data.Id);
            return;
        }
        var data = JsonSerializer.SerializeToUtf8Bytes(change.Data, dataType, SagaStateJson.Options);
        _rows[change.Data.Id] = _rows.TryGetValue(change.Data.Id, out var row) ? row with { Version = row.Version + 1, Data = data } : new Row(1, data, CorrelationOf(change), now);
    }

    SagaRecord Read(Row row) => new((IContainSagaData)JsonSerializer.Deserialize(row.Data, dataType, SagaStateJson.Options)!, row.Version);

    static object? CorrelationOf(SagaChange change) => change.Saga.Correlation?.GetValue(change.Data);

    sealed record Row(int Version, byte[] Data, object? Correlation, DateTimeOffset Began);
}
