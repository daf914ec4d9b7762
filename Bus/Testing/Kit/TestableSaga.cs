using Dovetail.Bus.Sagas;
using Dovetail.Bus.Testing.Kit;

namespace NServiceBus.Testing;

/// <summary>A saga with its instances, its messages on the way and a clock that only the test moves.</summary>
/// <remarks>What the saga sends to itself waits in a queue; what it asks for later waits until <see cref="AdvanceTime"/> reaches it.</remarks>
public partial class TestableSaga<TSaga, TSagaData> where TSaga : Saga<TSagaData> where TSagaData : class, IContainSagaData, new()
{
    readonly SagaUnderTest<TSaga, TSagaData> _saga;
    readonly MessagesUnderway _underway;

    /// <summary>Begins with no instance; the factory makes the saga anew for each message, as the bus does.</summary>
    /// <remarks>A time that does not say its zone is taken as UTC, and without one the clock begins now.</remarks>
    public TestableSaga(Func<TSaga>? sagaFactory = null, DateTime? initialCurrentTime = default)
    {
        _saga = new SagaUnderTest<TSaga, TSagaData>(sagaFactory ?? Activator.CreateInstance<TSaga>);
        _underway = new MessagesUnderway(typeof(TSaga), _saga.Handles);
        CurrentTime = initialCurrentTime switch
        {
            null => TimeProvider.System.GetUtcNow().UtcDateTime,
            { Kind: DateTimeKind.Local } local => local.ToUniversalTime(),
            { } time => DateTime.SpecifyKind(time, DateTimeKind.Utc),
        };
    }

    /// <summary>The clock, in UTC; it stands still until <see cref="AdvanceTime"/> moves it.</summary>
    public DateTime CurrentTime { get; private set; }

    /// <summary>True if messages wait for <see cref="HandleQueuedMessage"/>; delayed ones are not among them before they are due.</summary>
    public bool HasQueuedMessages => _underway.Waiting.Count > 0;

    /// <summary>How many messages wait for <see cref="HandleQueuedMessage"/>.</summary>
    public int QueueLength => _underway.Waiting.Count;

    /// <summary>Moves the clock, and has the saga handle each timeout and delayed message at its time, in the order of their times.</summary>
    /// <returns>A result for each; what was meant for an instance that has ended is left out.</returns>
    /// <remarks>If the saga throws, the clock stays at that moment and the message stays due.</remarks>
    public async Task<HandleResult[]> AdvanceTime(
        TimeSpan timeToAdvance, Func<OutgoingMessage<object, SendOptions>, TestableMessageHandlerContext>? provideContext = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToAdvance, TimeSpan.Zero);
        var until = CurrentTime + timeToAdvance;
        var results = new List<HandleResult>();
        while (_underway.NextDue(until) is { } next)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (CurrentTime < next.Due) CurrentTime = next.Due;
            var context = provideContext?.Invoke(next.Outgoing) ?? new TestableMessageHandlerContext { CancellationToken = cancellationToken };
            var result = await Deliver(next.Incoming, context, _underway.TakeNextDue);
            if (result is not null) results.Add(result);
        }
        CurrentTime = until;
        return [.. results];
    }

    /// <summary>Has the saga handle a message, which finds its instance, or begins one, as the saga's mapping says.</summary>
    /// <returns>Null if the message names, by its header, an instance that has ended.</returns>
    /// <exception cref="InvalidOperationException">No instance is found, and the message may not begin one.</exception>
    public Task<HandleResult> Handle<TMessage>(TMessage message, TestableMessageHandlerContext? context = null, IReadOnlyDictionary<string, string>? messageHeaders = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Deliver(new QueuedSagaMessage(message, messageHeaders ?? new Dictionary<string, string>()), context)!;
    }

    /// <summary>Has the saga handle the message that has waited longest; if the saga throws, the message stays where it is.</summary>
    /// <returns>Null if the message is meant for an instance that has ended.</returns>
    /// <exception cref="InvalidOperationException">No message waits.</exception>
    public Task<HandleResult> HandleQueuedMessage(TestableMessageHandlerContext? context = null) => Deliver(QueuePeek(), context, () => _underway.Waiting.Dequeue())!;

    /// <summary>Has the saga handle an answer to something it sent; the answer needs no mapping, as it names the instance.</summary>
    /// <returns>Null if that instance has ended.</returns>
    public Task<HandleResult> HandleReply<TMessage>(
        Guid sagaId, TMessage message, TestableMessageHandlerContext? context = null, IReadOnlyDictionary<string, string>? messageHeaders = null) =>
        Handle(message, context, new Dictionary<string, string>(messageHeaders ?? new Dictionary<string, string>()) { [Headers.SagaId] = sagaId.ToString() });

    /// <summary>The message that has waited longest, left where it is.</summary>
    /// <exception cref="InvalidOperationException">No message waits.</exception>
    public QueuedSagaMessage QueuePeek() => _underway.Waiting.TryPeek(out var first) ? first : throw new InvalidOperationException(
        $"No message waits for {typeof(TSaga).Name}: it sent itself none that is left, and no simulated handler replied. Ask {nameof(HasQueuedMessages)} first.");

    /// <summary>Stands for a handler elsewhere: whenever the saga sends such a message, the reply joins the queue, unless it is null.</summary>
    public void SimulateReply<TSagaMessage, TReplyMessage>(Func<TSagaMessage, TReplyMessage> simulateReply) =>
        _underway.Simulate(message => message is TSagaMessage request ? simulateReply(request) : null);

    async Task<HandleResult?> Deliver(QueuedSagaMessage message, TestableMessageHandlerContext? context, Action? taken = null)
    {
        context ??= new TestableMessageHandlerContext();
        // The saga sees the message's headers where it would see them in the bus; the test's context is its own again afterwards.
        var given = context.MessageHeaders;
        var headers = new Dictionary<string, string>(given);
        foreach (var (key, value) in message.Headers) headers[key] = value;
        // One context may serve for several messages: what is in it already was dealt with.
        var (sent, published) = (context.SentMessages.Length, context.PublishedMessages.Length);
        context.MessageHeaders = headers;
        var timeouts = new SagaTimeouts();
        context.Extensions.Set(timeouts);
        try
        {
            var outcome = await _saga.Handle(message.Message, headers, context);
            taken?.Invoke();
            if (outcome is not { } handled) return null;

            var id = handled.Data.Id;
            foreach (var (_, owner, state) in timeouts.Cancelled) _underway.Cancel(owner, state);
            foreach (var outgoing in context.SentMessages[sent..].Where(outgoing => !timeouts.IsDropped(outgoing.Options.GetHeaders()))) _underway.Add(outgoing, id, CurrentTime);
            foreach (var outgoing in context.PublishedMessages[published..]) _underway.Add(outgoing, id);
            return new HandleResult(id, handled.Completed, context, message, SagaStates<TSagaData>.Copy(handled.Data));
        }
        finally
        {
            context.MessageHeaders = given;
        }
    }
}
