using NServiceBus.Extensibility;
using NServiceBus.Persistence;

namespace NServiceBus.Sagas;

/// <summary>Any finder, whatever it finds.</summary>
public interface IFinder;

/// <summary>Finds the instance that a message belongs to, where no property of the two is equal.</summary>
/// <remarks>Made for each message, with the message's services.</remarks>
public interface ISagaFinder<TSagaData, TMessage> : IFinder where TSagaData : IContainSagaData
{
    /// <summary>The instance's state, or null if there is none. Its id is what counts: the engine reads the rest again when the instance is its own.</summary>
    Task<TSagaData?> FindBy(TMessage message, ISynchronizedStorageSession storageSession, IReadOnlyContextBag context, CancellationToken cancellationToken = default);
}
