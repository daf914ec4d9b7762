using System.Globalization;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Testing;

/// <summary>One queue. Everything here happens within a call to the broker, so nobody else is about.</summary>
sealed class InMemoryQueue(string name, InMemoryBroker broker)
{
    readonly List<Entry> _entries = [];
    readonly PriorityQueue<Entry, (DateTimeOffset DueAt, long Sequence)> _delayed = new();
    readonly List<TaskCompletionSource> _waiting = [];

    public string Name => name;

    public static QueueNotFoundException Missing(string queue)
    {
        var text = $"There is no queue '{queue}' in the broker. Start the endpoint of that name once with installers enabled, or mend the route.";
        return new QueueNotFoundException(queue, text, new KeyNotFoundException(text));
    }

    public void Add(OutgoingOperation operation, DateTimeOffset now)
    {
        var copies = broker is { Mode: CommitMode.Apart, Faults: { } faults } && faults.Doubles(name, operation.MessageId) ? 2 : 1;
        for (; copies > 0; copies--)
        {
            var entry = new Entry(broker.Next(), Chance.NewGuid().ToString(), new(operation.Headers, StringComparer.Ordinal), operation.Body.ToArray(), now + operation.ExpiresAfter);
            if ((operation.DueAt ?? broker.Faults?.Late(name, operation.MessageId, now)) is { } due) _delayed.Enqueue(entry with { DueAt = due }, (due, entry.Sequence));
            else _entries.Add(entry);
        }
        Wake();
    }

    /// <summary>Takes what may be taken.</summary>
    /// <param name="expired">How many messages had to be dropped.</param>
    /// <returns>A claim for each; none if there is nothing at the moment.</returns>
    public List<Claim> Take(int most, DateTimeOffset now, DateTimeOffset until, out int expired)
    {
        while (_delayed.TryPeek(out var entry, out var due) && due.DueAt <= now)
        {
            _delayed.Dequeue();
            _entries.Add(entry with { DueAt = null });
        }
        var free = _entries.Where(entry => entry.Until is not { } held || held <= now).ToList();
        expired = free.RemoveAll(entry => entry.ExpiresAt <= now && _entries.Remove(entry));

        var taken = new List<Claim>();
        while (taken.Count < most && free.Count > 0)
        {
            var at = broker.Faults?.Pick(free.Count) ?? 0;
            taken.Add(new Claim(this, free[at], broker.Next(), until));
            free.RemoveAt(at);
        }
        return taken;
    }

    /// <summary>When there may be something to take without anything new coming: a delayed message, or a claim that lapses.</summary>
    public DateTimeOffset? NextDue()
    {
        var lapse = _entries.Min(entry => entry.Until);
        return _delayed.TryPeek(out _, out var due) && (lapse is null || due.DueAt < lapse) ? due.DueAt : lapse;
    }

    /// <summary>A gate that opens when something comes.</summary>
    public TaskCompletionSource Listen()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Add(gate);
        return gate;
    }

    public void Remove(Entry entry) => _entries.Remove(entry);

    public void Wake()
    {
        foreach (var gate in _waiting) gate.TrySetResult();
        _waiting.Clear();
    }

    public void Purge()
    {
        foreach (var entry in _entries) entry.Token = 0;
        _entries.Clear();
        _delayed.Clear();
    }

    public QueueLength Length(DateTimeOffset now)
    {
        var inHand = _entries.Count(entry => entry.Until > now);
        return new QueueLength(_entries.Count - inHand, inHand, _delayed.Count);
    }

    public IReadOnlyList<ReceivedMessage> Peek(int most) =>
        [.. _entries.Take(most).Select(entry => new ReceivedMessage(name, entry.NativeId, new(entry.Headers, StringComparer.Ordinal), entry.Body, entry.Attempts, null))];

    public List<QueuedMessage> Messages() =>
        [.. _entries.Concat(_delayed.UnorderedItems.OrderBy(item => item.Priority).Select(item => item.Element)).Select(entry =>
            new QueuedMessage(entry.Headers.GetValueOrDefault(Headers.MessageId) ?? entry.NativeId, entry.Headers, entry.Body, entry.DueAt, entry.Until is not null))];

    /// <summary>A message in the queue.</summary>
    internal sealed record Entry(long Sequence, string NativeId, Dictionary<string, string> Headers, byte[] Body, DateTimeOffset? ExpiresAt)
    {
        public DateTimeOffset? DueAt { get; init; }

        /// <summary>The claim under which somebody has it; 0 for none.</summary>
        public long Token { get; set; }

        public DateTimeOffset? Until { get; set; }

        public int Attempts { get; set; }

        public bool Equals(Entry? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => Sequence.GetHashCode();
    }
}

/// <summary>Somebody's hold on a message, until it ends or lapses.</summary>
sealed class Claim
{
    readonly InMemoryQueue _queue;
    readonly InMemoryQueue.Entry _entry;
    readonly long _token;

    public Claim(InMemoryQueue queue, InMemoryQueue.Entry entry, long token, DateTimeOffset until)
    {
        (_queue, _entry, _token) = (queue, entry, token);
        (entry.Token, entry.Until) = (token, until);
        entry.Attempts++;
    }

    /// <summary>The message, as a history tells of it: id, type, and which attempt it is.</summary>
    public string Told
    {
        get
        {
            var type = (_entry.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) ?? "control message").Split(',')[0];
            return string.Create(CultureInfo.InvariantCulture, $"{_entry.Headers.GetValueOrDefault(Headers.MessageId) ?? _entry.NativeId} {type[(type.LastIndexOfAny(['.', '+']) + 1)..]} #{_entry.Attempts}");
        }
    }

    /// <summary>Who renews it; null once it need not be renewed.</summary>
    public InMemoryReceiver? Holder { get; set; }

    public ReceivedMessage Message() =>
        new(_queue.Name, _entry.NativeId, new Dictionary<string, string>(_entry.Headers, StringComparer.Ordinal), _entry.Body, _entry.Attempts, this);

    /// <summary>Has no effect once the claim is lost; then nobody need try again.</summary>
    public void Renew(DateTimeOffset until)
    {
        if (_entry.Token == _token) _entry.Until = until;
        else Holder?.Forget(this);
    }

    /// <exception cref="LeaseLostException">Somebody else has the message by now.</exception>
    public void Check()
    {
        if (_entry.Token == _token) return;
        Holder?.Forget(this);
        throw new LeaseLostException(_entry.NativeId);
    }

    /// <summary>The message leaves its queue.</summary>
    public void End()
    {
        Check();
        _entry.Token = 0;
        _queue.Remove(_entry);
    }

    /// <summary>Anybody may take the message, as if nobody had.</summary>
    public void GiveBack()
    {
        if (_entry.Token != _token) return;
        (_entry.Token, _entry.Until, _entry.Attempts) = (0, null, 0);
        _queue.Wake();
    }
}
