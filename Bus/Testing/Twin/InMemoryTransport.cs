using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;
using NServiceBus.Transport;

namespace Dovetail.Bus.Testing;

/// <summary>Queues in memory, for tests: fast, gone with the test, and in a simulation as unreliable as its seed wants.</summary>
/// <param name="broker">What this endpoint shares with the others of the test.</param>
public sealed class InMemoryTransport(InMemoryBroker broker) : TransportDefinition
{
    /// <summary>How long a message stays with a receiver that has died before another takes it. Renewed while a handler runs.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(10);

    internal override string Describe() => $"queues in memory, {broker.Mode}";

    internal override ITransport Create(TransportContext context) => new InMemoryQueues(broker, LeaseDuration, context.Time, context.Logging.CreateLogger("Dovetail.Bus.InMemory"));
}

/// <summary>Saga state in the broker of the <see cref="InMemoryTransport"/>, committed as its <see cref="CommitMode"/> says.</summary>
public sealed class InMemoryPersistence : PersistenceDefinition, IPersistenceDefinitionFactory<InMemoryPersistence>
{
    InMemoryPersistence()
    {
    }

    internal bool KeepsTimeouts { get; set; }

    static InMemoryPersistence IPersistenceDefinitionFactory<InMemoryPersistence>.Create() => new();

    internal override IStore Create(ITransport transport, TransportContext context) => transport is InMemoryQueues { Broker: var broker }
        ? new InMemoryStore(broker, context.EndpointName, context.Deduplicates, context.Time, KeepsTimeouts)
        : throw new InvalidOperationException($"Endpoint {context.EndpointName} keeps its state in memory but sends by another transport. Use InMemoryTransport with InMemoryPersistence: they share one broker.");
}

/// <summary>Opens a session on the in-memory persistence.</summary>
public sealed class InMemoryOpenSessionOptions : OpenSessionOptions;

/// <summary>Settings of the in-memory persistence, and access to its commit.</summary>
public static class InMemoryPersistenceExtensions
{
    /// <summary>Offers ITransactionalSession: data and messages in one commit, from outside handlers.</summary>
    public static PersistenceExtensions<InMemoryPersistence> EnableTransactionalSession(this PersistenceExtensions<InMemoryPersistence> persistence) =>
        persistence.EnableTransactionalSession(new TransactionalSessionOptions());

    /// <summary>Offers ITransactionalSession: data and messages in one commit, from outside handlers.</summary>
    public static PersistenceExtensions<InMemoryPersistence> EnableTransactionalSession(
        this PersistenceExtensions<InMemoryPersistence> persistence, TransactionalSessionOptions transactionalSessionOptions)
    {
        persistence.Settings.TransactionalSession = transactionalSessionOptions;
        return persistence;
    }

    /// <summary>Has the messages of timeouts stay in the store until they are due, as the SQL persistence can; without effect where a commit joins queues and state.</summary>
    public static void KeepTimeoutsUntilDue(this PersistenceExtensions<InMemoryPersistence> persistence) => persistence.Definition.KeepsTimeouts = true;

    /// <summary>Joins a change of business data to the commit: it runs when nothing else can fail any more. It must not wait, and throw only before it changed anything.</summary>
    /// <exception cref="InvalidOperationException">The endpoint keeps its state elsewhere than in memory.</exception>
    public static void OnCommit(this ISynchronizedStorageSession session, Action change) => InMemory(session).Changes.Add(change);

    /// <summary>For saga finders: the first instance that the function wants, or null.</summary>
    /// <param name="context">The context that the finder was given.</param>
    /// <exception cref="InvalidOperationException">This is no finder of a saga with this state, or the endpoint keeps its state elsewhere.</exception>
    public static async Task<TSagaData?> GetSagaData<TSagaData>(this ISynchronizedStorageSession session, IReadOnlyContextBag context, Func<TSagaData, bool> isWanted)
        where TSagaData : class, IContainSagaData
    {
        var search = SagaSearch.Of<TSagaData>(context);
        return await InMemory(session).FindSaga(search.Saga, data => isWanted((TSagaData)data)) is { } found ? (TSagaData)search.Show(found) : null;
    }

    static InMemorySession InMemory(ISynchronizedStorageSession session) => session as InMemorySession
        ?? throw new InvalidOperationException($"The storage session is a {session.GetType().Name}, not one in memory. Configure the endpoint with {nameof(InMemoryPersistence)}.");
}
