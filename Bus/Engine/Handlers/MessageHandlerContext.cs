using Dovetail.Bus.Messages;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;

namespace Dovetail.Bus.Handlers;

/// <summary>What handlers of one message get: everything they send is gathered in the unit of work.</summary>
/// <param name="outer">What behaviors stored before.</param>
sealed class MessageHandlerContext(Cause cause, UnitOfWork work, OutgoingMessages outgoing, ITransport transport, IServiceProvider services, ContextBag? outer, CancellationToken cancellation)
    : IMessageHandlerContext
{
    ContextBag? _own;
    bool _closed;

    public bool Stopped { get; private set; }

    /// <summary>Set while a saga handles the message, as its messages say so.</summary>
    public Cause Cause { get; set; } = cause;

    public string MessageId => Cause.MessageId;

    public IReadOnlyDictionary<string, string> MessageHeaders => Cause.Headers;

    public string ReplyToAddress => Cause.Headers.GetValueOrDefault(Headers.ReplyToAddress)!;

    /// <summary>The handler's own: it finds what behaviors stored, and the next handler does not find what it stores.</summary>
    public ContextBag Extensions => _own ??= new ContextBag(Stage);

    /// <summary>What is stored in the innermost stage that the message is in; null where there are no behaviors.</summary>
    public ContextBag? Stage
    {
        get;
        set
        {
            field = value;
            _own = null;
        }
    } = outer;

    public CancellationToken CancellationToken => cancellation;

    public ISynchronizedStorageSession SynchronizedStorageSession => work.Session;

    public void DoNotContinueDispatchingCurrentMessageToHandlers() => Stopped = true;

    public Task Publish(object message, PublishOptions options) => outgoing.Publish(message, options, Here);

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions) => Publish(MessageCreator.Make(messageConstructor), publishOptions);

    public Task Send(object message, SendOptions options) => outgoing.Send(message, options, Here);

    public Task Send<T>(Action<T> messageConstructor, SendOptions options) => Send(MessageCreator.Make(messageConstructor), options);

    public Task Reply(object message, ReplyOptions options) => outgoing.Reply(message, options, Here);

    public Task Reply<T>(Action<T> messageConstructor, ReplyOptions options) => Reply(MessageCreator.Make(messageConstructor), options);

    public async Task ForwardCurrentMessageTo(string destination)
    {
        var headers = new Dictionary<string, string>(work.Incoming!.Headers, StringComparer.Ordinal);
        var copy = new OutgoingOperation(MessageId, headers, work.Incoming.Body, new Target.Queue(transport.Address(destination)));
        foreach (var each in await outgoing.Departures.Route(copy, null, Around)) Gather(each);
    }

    /// <summary>Where the message is being handled.</summary>
    public Surroundings Around => new(_own ?? Stage, services, cancellation);

    /// <summary>What the handler before stored is not for the next.</summary>
    public void NextHandler() => _own = null;

    /// <summary>The handlers have ended: what they still send now would be lost, as the commit is under way.</summary>
    public void Close()
    {
        lock (work) _closed = true;
    }

    Origin Here => new(Cause, services, cancellation, Gather, _own ?? Stage);

    /// <summary>Joins what the engine itself adds to the batch.</summary>
    public void Add(OutgoingOperation operation)
    {
        lock (work) work.Outgoing.Add(operation);
    }

    // Handlers may send from several tasks at once.
    void Gather(OutgoingOperation operation)
    {
        lock (work)
        {
            if (_closed) throw new InvalidOperationException($"The handlers of message {MessageId} have ended, and what they sent is being committed: this came too late. Await what you send.");
            work.Outgoing.Add(operation);
        }
    }
}
