using NServiceBus;
using NServiceBus.Testing;

namespace Dovetail.Bus.Testing.Kit;

/// <summary>A message that is due at a point in time.</summary>
/// <param name="Outgoing">As the saga sent it.</param>
/// <param name="Incoming">As the saga will see it.</param>
sealed record DelayedMessage(DateTime Due, OutgoingMessage<object, SendOptions> Outgoing, QueuedSagaMessage Incoming);

/// <summary>What a saga sent and will see again: at once, later, or as the reply of a simulated handler.</summary>
sealed class MessagesUnderway(Type sagaType, Func<object, bool> sagaHandles)
{
    readonly PriorityQueue<DelayedMessage, (DateTime Due, int Number)> _delayed = new();
    readonly List<Func<object, object?>> _simulators = [];
    int _delayedSoFar;

    public Queue<QueuedSagaMessage> Waiting { get; } = new();

    public void Simulate(Func<object, object?> handler) => _simulators.Add(handler);

    /// <summary>The earliest; of several at one time, the one that was sent first.</summary>
    public DelayedMessage? NextDue(DateTime until) => _delayed.TryPeek(out var next, out _) && next.Due <= until ? next : null;

    public void TakeNextDue() => _delayed.Dequeue();

    /// <summary>Takes back a saga's timeouts with state of this type.</summary>
    public void Cancel(Guid sagaId, Type state)
    {
        var kept = _delayed.UnorderedItems.Where(item => !IsOf(item.Element.Incoming.Headers)).ToList();
        _delayed.Clear();
        _delayed.EnqueueRange(kept);

        bool IsOf(IReadOnlyDictionary<string, string> headers) =>
            PendingTimeout.IdIn(headers) is { } id && headers[PendingTimeout.Header] == PendingTimeout.Mark(id, state) && headers.GetValueOrDefault(Headers.SagaId) == sagaId.ToString();
    }

    public void Add(SentMessage<object> sent, Guid sagaId, DateTime now)
    {
        var (message, options) = (sent.Message, sent.Options);
        var isTimeout = options.GetHeaders().ContainsKey(Headers.IsSagaTimeoutMessage);
        if (!isTimeout && !sagaHandles(message))
        {
            foreach (var reply in _simulators.Select(handler => handler(message)).OfType<object>()) Waiting.Enqueue(new(reply, ReplyTo(sagaId)));
            return;
        }

        var incoming = new QueuedSagaMessage(message, HeadersOf(options.GetHeaders(), MessageIntent.Send, sagaId));
        var due = options.GetDeliveryDate()?.UtcDateTime ?? now + options.GetDeliveryDelay();
        if (due is null && !isTimeout) Waiting.Enqueue(incoming);
        else _delayed.Enqueue(new(due ?? now, sent, incoming), (due ?? now, _delayedSoFar++));
    }

    public void Add(PublishedMessage<object> published, Guid sagaId)
    {
        if (sagaHandles(published.Message))
            Waiting.Enqueue(new(published.Message, HeadersOf(published.Options.GetHeaders(), MessageIntent.Publish, sagaId)));
    }

    Dictionary<string, string> HeadersOf(IReadOnlyDictionary<string, string> given, MessageIntent intent, Guid sagaId) => new(given, StringComparer.Ordinal)
    {
        [Headers.MessageIntent] = intent.ToString(),
        [Headers.OriginatingSagaId] = sagaId.ToString(),
        [Headers.OriginatingSagaType] = sagaType.AssemblyQualifiedName!,
    };

    // A handler answers what a saga sent: its reply names the saga by itself.
    Dictionary<string, string> ReplyTo(Guid sagaId) => new(StringComparer.Ordinal)
    {
        [Headers.MessageIntent] = nameof(MessageIntent.Reply),
        [Headers.SagaId] = sagaId.ToString(),
        [Headers.SagaType] = sagaType.AssemblyQualifiedName!,
    };
}
