using System.Text.Json;
using Dovetail.Bus.Sagas;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Testing;

/// <summary>How the end of an incoming message and what it led to are committed.</summary>
public enum CommitMode
{
    /// <summary>Queues and store share one database: state, outgoing messages and the end of the incoming one are a single step.</summary>
    Joined,

    /// <summary>Broker and database are apart: the store keeps an outbox by message id, and dispatches and settles afterwards. The broker may deliver twice.</summary>
    Apart,
}

/// <summary>A message that lies in a queue of an <see cref="InMemoryBroker"/>.</summary>
/// <param name="DueAt">Not delivered before; null if it may be taken.</param>
/// <param name="InHand">True while somebody handles it.</param>
public sealed record QueuedMessage(string MessageId, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, DateTimeOffset? DueAt, bool InHand);

/// <summary>Queues, subscriptions and saga state in memory: the world that several endpoints share, as they would share a broker and a database.</summary>
public sealed class InMemoryBroker(CommitMode mode = CommitMode.Joined)
{
    readonly Lock _gate = new();
    readonly SortedDictionary<string, InMemoryQueue> _queues = new(StringComparer.Ordinal);
    readonly List<(string Topic, string Queue)> _subscriptions = [];
    readonly Dictionary<string, OutboxTable> _outboxes = new(StringComparer.Ordinal);
    readonly Dictionary<(string Endpoint, string Saga), SagaTable> _sagas = [];
    readonly Dictionary<string, TimeoutTable> _timeouts = new(StringComparer.Ordinal);
    long _sequence;

    /// <summary>How this world commits.</summary>
    public CommitMode Mode => mode;

    /// <summary>The names of all queues.</summary>
    public IReadOnlyList<string> Queues
    {
        get
        {
            lock (_gate) return [.. _queues.Keys];
        }
    }

    /// <summary>What goes wrong on the way; null outside simulations.</summary>
    internal Faults? Faults { get; init; }

    /// <summary>All that lies in a queue: waiting, in hand, or due later.</summary>
    public IReadOnlyList<QueuedMessage> Messages(string queue)
    {
        lock (_gate) return Queue(queue).Messages();
    }

    /// <summary>The state of all instances of a saga that have not ended, as it would be read back.</summary>
    public IReadOnlyList<TData> Sagas<TData>(string endpoint) where TData : class, IContainSagaData
    {
        lock (_gate)
        {
            return [.. _sagas.Where(table => table.Key.Endpoint == endpoint && table.Value.DataType == typeof(TData))
                .SelectMany(table => table.Value.All).Select(json => JsonSerializer.Deserialize<TData>(json, SagaStateJson.Options)!)];
        }
    }

    /// <summary>The timeouts that sagas of an endpoint have asked for and that have not rung, nor been taken back; those that are due first.</summary>
    public IReadOnlyList<PendingTimeout> PendingTimeouts(string endpoint)
    {
        lock (_gate) return [.. Timeouts(endpoint).All];
    }

    /// <summary>The one way in: nobody else changes anything meanwhile, and in a simulation something may go wrong before and after.</summary>
    /// <param name="outcome">What the history says of it in place of <paramref name="about"/>; null where it is not worth a line.</param>
    internal async Task<T> Call<T>(string call, string about, Func<T> effect, Func<T, string?>? outcome = null)
    {
        if (Faults is null)
        {
            lock (_gate) return effect();
        }
        await Faults.Before(call, about);
        T result;
        lock (_gate) result = effect();
        await Faults.After(call, outcome is null ? about : outcome(result));
        return result;
    }

    /// <remarks>Within <see cref="Call"/>, as all that follow.</remarks>
    internal void Create(string queue) => _queues.TryAdd(queue, new InMemoryQueue(queue, this));

    internal InMemoryQueue Queue(string name) => _queues.TryGetValue(name, out var queue) ? queue : throw InMemoryQueue.Missing(name);

    internal long Next() => ++_sequence;

    internal void Subscribe(string queue, Type type)
    {
        Unsubscribe(queue, type);
        _subscriptions.Add((type.FullName!, queue));
    }

    internal void Unsubscribe(string queue, Type type) => _subscriptions.Remove((type.FullName!, queue));

    /// <summary>Finds the queues first: if one is missing, nothing of the batch is sent.</summary>
    internal Action Prepare(IReadOnlyList<OutgoingOperation> operations, DateTimeOffset now)
    {
        var addressed = (from operation in operations
                         from queue in QueuesOf(operation.Target)
                         where !operation.MayGetLost || _queues.ContainsKey(queue)
                         select (Queue(queue), operation)).ToList();
        return () =>
        {
            foreach (var (queue, operation) in addressed) queue.Add(operation, now);
        };
    }

    internal SagaTable SagaTable(string endpoint, string saga, Type dataType)
    {
        if (!_sagas.TryGetValue((endpoint, saga), out var table)) _sagas.Add((endpoint, saga), table = new SagaTable(saga, dataType));
        return table;
    }

    internal OutboxTable Outbox(string endpoint)
    {
        if (!_outboxes.TryGetValue(endpoint, out var table)) _outboxes.Add(endpoint, table = new OutboxTable());
        return table;
    }

    internal TimeoutTable Timeouts(string endpoint)
    {
        if (!_timeouts.TryGetValue(endpoint, out var table)) _timeouts.Add(endpoint, table = new TimeoutTable());
        return table;
    }

    IEnumerable<string> QueuesOf(Target target)
    {
        if (target is Target.Queue { Address: var address }) return [address];
        var topics = Dovetail.Bus.Messages.MessageTypes.Hierarchy(((Target.Subscribers)target).Event).Select(type => type.FullName).ToHashSet();
        return _subscriptions.Where(subscription => topics.Contains(subscription.Topic)).Select(subscription => subscription.Queue).Distinct();
    }
}
