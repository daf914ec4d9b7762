using Dovetail.Bus.Sagas;
using NServiceBus.Persistence;

namespace Dovetail.Bus.Transport;

/// <summary>Keeps saga state and what must leave with it.</summary>
interface IStore
{
    /// <summary>Creates tables that are missing.</summary>
    Task CreateTables(IReadOnlyCollection<SagaDefinition> sagas, CancellationToken cancellation);

    /// <summary>What an earlier attempt committed for this message and may not have sent; null if the message is new.</summary>
    Task<IReadOnlyList<OutgoingOperation>?> FindOutbox(string messageId, CancellationToken cancellation);

    /// <summary>A saga instance by its id, or by its correlation property's value.</summary>
    Task<SagaRecord?> FindSaga(SagaDefinition saga, SagaKey key, CancellationToken cancellation);

    /// <summary>Begins nothing yet: the transaction starts when the session is first used, or at the commit.</summary>
    IStorageSession OpenSession();

    /// <summary>Commits state, sagas and outgoing messages as one, and where the store shares the transport's database the end of the incoming message too.</summary>
    /// <returns>What must still be dispatched; nothing where the commit itself put the messages into their queues.</returns>
    /// <exception cref="SagaConflictException">A saga was changed by somebody else meanwhile.</exception>
    /// <exception cref="LeaseLostException">Somebody else has the incoming message by now.</exception>
    Task<Committed> Commit(UnitOfWork work, CancellationToken cancellation);
}

/// <summary>The handlers' side of a commit.</summary>
interface IStorageSession : ISynchronizedStorageSession, IAsyncDisposable;

/// <param name="ToDispatch">What the transport must still send.</param>
/// <param name="IncomingSettled">True if the incoming message left its queue in the same transaction.</param>
sealed record Committed(IReadOnlyList<OutgoingOperation> ToDispatch, bool IncomingSettled);

/// <summary>All that the handling of one message leads to.</summary>
sealed class UnitOfWork(ReceivedMessage? incoming, IStorageSession session)
{
    /// <summary>Null for work begun outside a handler.</summary>
    public ReceivedMessage? Incoming => incoming;

    public IStorageSession Session => session;

    public List<OutgoingOperation> Outgoing { get; } = [];

    public List<SagaChange> Sagas { get; } = [];
}
