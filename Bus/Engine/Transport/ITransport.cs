using System.Data;
using Dovetail.Bus.Logging;
using Microsoft.Extensions.Logging;

namespace Dovetail.Bus.Transport;

/// <summary>What a transport or store may use of its surroundings.</summary>
/// <param name="ErrorQueue">Where messages go that can't even be read.</param>
/// <param name="Deduplicates">True if the store is to remember handled messages even where it needs no outbox to dispatch from.</param>
sealed record TransportContext(string EndpointName, TimeProvider Time, ILoggerFactory Logging, string ErrorQueue = "error", bool Deduplicates = false)
{
    /// <summary>Of transactions in which the application has a hand.</summary>
    public IsolationLevel Isolation { get; init; } = IsolationLevel.ReadCommitted;

    /// <summary>How many messages the endpoint handles at a time; 1 where nothing is handled.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>What people call the process; empty for nothing.</summary>
    public string HostDisplayName { get; init; } = "";

    /// <summary>It may fail, and nothing else fails with it.</summary>
    public ILoggerFactory Logging { get; init; } = UnfailingLogging.Of(Logging);
}

/// <summary>Carries messages between queues. Shared by all that one endpoint sends and receives.</summary>
interface ITransport : IAsyncDisposable
{
    /// <summary>True if queues and tables are made without being asked for: nobody administers them apart from the program.</summary>
    bool InstallsItself { get; }

    /// <summary>The address of a queue as it stands in headers.</summary>
    string Address(string queue);

    /// <summary>The queue of one instance of an endpoint.</summary>
    string InstanceQueue(string queue, string discriminator) => $"{queue}.{discriminator}";

    /// <summary>Creates queues that are missing.</summary>
    Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation);

    /// <summary>Creates queues that are missing: those that the endpoint reads, and those that it only sends to.</summary>
    Task CreateQueues(IReadOnlyCollection<string> receiving, IReadOnlyCollection<string> sending, CancellationToken cancellation) => CreateQueues([.. receiving, .. sending], cancellation);

    /// <summary>Fails, and says what to do, if the transport could not keep what is promised of the queues that the endpoint reads. Asked when it starts.</summary>
    Task Check(IReadOnlyCollection<string> receiving, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>How many messages are in a queue.</summary>
    /// <exception cref="NServiceBus.Unicast.Queuing.QueueNotFoundException">There is none of that name.</exception>
    Task<QueueLength> Length(string queue, CancellationToken cancellation);

    /// <summary>About how many messages wait in a queue, asked every few seconds: exact while they are few, and cheap when they are many.</summary>
    /// <exception cref="NServiceBus.Unicast.Queuing.QueueNotFoundException">There is none of that name.</exception>
    async Task<long> Waiting(string queue, CancellationToken cancellation) => (await Length(queue, cancellation)).Waiting;

    /// <summary>The first messages of a queue, those in hand included, for somebody to look at: they stay where they are.</summary>
    /// <exception cref="NServiceBus.Unicast.Queuing.QueueNotFoundException">There is none of that name.</exception>
    Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation);

    /// <summary>Drops whatever waits in a queue.</summary>
    Task Purge(string queue, CancellationToken cancellation);

    /// <summary>Has a queue receive these events from now on.</summary>
    Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation);

    /// <summary>Has a queue no longer receive these events.</summary>
    Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation);

    /// <summary>All of them are safe in their queues when it returns.</summary>
    Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation);

    IReceiver Receive(string queue);
}

/// <summary>Takes messages from one queue. A message taken is leased: nobody else gets it until it is settled, released, or this process is gone.</summary>
interface IReceiver : IAsyncDisposable
{
    /// <summary>How often <see cref="Take"/> looks by itself while it waits, by which waiting is told from hanging; null if it waits to be called.</summary>
    TimeSpan? LooksEvery => null;

    /// <summary>When it last looked.</summary>
    DateTimeOffset? LookedAt => null;

    /// <summary>Waits until there is at least one message and takes up to <paramref name="most"/>.</summary>
    Task<IReadOnlyList<ReceivedMessage>> Take(int most, CancellationToken cancellation);

    /// <summary>One more, if one lies ready here: for whoever has come to an end with a message. May be called by many at once, and beside <see cref="Take"/>.</summary>
    ValueTask<ReceivedMessage?> TakeReady(CancellationToken cancellation) => default;

    /// <summary>Takes nothing any more: what lies ready here is for others at once, however long handlers here still run. What is in hand can still be ended.</summary>
    Task StopTaking() => Task.CompletedTask;

    /// <summary>False if somebody else may have the message by now: nobody is to begin with it here any more.</summary>
    ValueTask<bool> Holds(ReceivedMessage message) => new(true);

    /// <summary>Ends a message whose outcome the store's commit did not settle: it leaves the queue.</summary>
    Task Settle(ReceivedMessage message, CancellationToken cancellation);

    /// <summary>Replaces a message by a changed copy elsewhere, or later, in one step.</summary>
    /// <exception cref="LeaseLostException">Somebody else has the message by now.</exception>
    Task Move(ReceivedMessage message, OutgoingOperation copy, CancellationToken cancellation);

    /// <summary>Gives a message back, untouched, for anybody to take.</summary>
    Task Release(ReceivedMessage message, CancellationToken cancellation);

    /// <summary>Nobody looks at the body of a message any more, and nobody has kept it: its memory may hold another.</summary>
    void GiveBack(ReadOnlyMemory<byte> body)
    {
    }
}

/// <summary>The lease of a message ended while it was handled: its outcome is not committed, as another receiver has it by now.</summary>
sealed class LeaseLostException(string messageId)
    : InvalidOperationException($"The lease of message {messageId} ended while it was handled; somebody else handles it by now, and nothing of this attempt was kept. If handlers run that long by design, lengthen the lease.");
