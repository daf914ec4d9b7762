using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Sagas;

/// <summary>How an instance is looked up.</summary>
abstract record SagaKey
{
    internal sealed record ById(Guid Id) : SagaKey;

    internal sealed record ByCorrelation(object Value) : SagaKey;
}

/// <summary>An instance as it was read.</summary>
/// <param name="Concurrency">The version that a change must still find.</param>
sealed record SagaRecord(IContainSagaData Data, int Concurrency);

/// <summary>What becomes of an instance when its message is committed.</summary>
/// <param name="ReadAt">The version that was read; null for a new instance.</param>
sealed record SagaChange(SagaDefinition Saga, IContainSagaData Data, int? ReadAt, bool Completed);

/// <summary>Somebody else changed or began the same saga instance meanwhile.</summary>
sealed class SagaConflictException(string saga, Guid id, Exception? inner = null)
    : ConflictException($"Optimistic concurrency violation when trying to save saga {saga} {id}: another message changed it first. The message is handled again.", inner);
