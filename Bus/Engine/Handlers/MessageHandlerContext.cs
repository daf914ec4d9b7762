using Dovetail.Bus.Messages;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;

namespace Dovetail.Bus.Handlers;

/// <summary>What handlers of one message get: everything they send is gathered in the unit of work.</summary>
sealed class MessageHandlerContext(Cause cause, UnitOfWork work, OutgoingMessages outgoing, ITransport transport, IServiceProvider services, CancellationToken cancellation) : IMessageHandlerContext
{
    readonly Lock _gate = new();
    bool _closed;

    public bool Stopped { get; private set; }

    /// <summary>Set while a saga handles the message, as its messages say so.</summary>
    public Cause Cause { get; set; } = cause;

    public string MessageId => Cause.MessageId;

    public IReadOnlyDictionary<string, string> MessageHeaders => Cause.Headers;

    public string ReplyToAddress => Cause.Headers.GetValueOrDefault(Headers.ReplyToAddress)!;

    public ContextBag Extensions { get; } = new();

    public CancellationToken CancellationToken => cancellation;

    public ISynchronizedStorageSession SynchronizedStorageSession => work.Session;

    public void DoNotContinueDispatchingCurrentMessageToHandlers() => Stopped = true;

    public Task Publish(object message, PublishOptions options) => Add(outgoing.Publish(message, options, Here), options);

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions) => Publish(MessageCreator.Make(messageConstructor), publishOptions);

    public Task Send(object message, SendOptions options) => Add(outgoing.Send(message, options, Here), options);

    public Task Send<T>(Action<T> messageConstructor, SendOptions options) => Send(MessageCreator.Make(messageConstructor), options);

    public Task Reply(object message, ReplyOptions options) => Add(outgoing.Reply(message, options, Here), options);

    public Task Reply<T>(Action<T> messageConstructor, ReplyOptions options) => Reply(MessageCreator.Make(messageConstructor), options);

    public Task ForwardCurrentMessageTo(string destination)
    {
        var headers = new Dictionary<string, string>(work.Incoming!.Headers, StringComparer.Ordinal);
        outgoing.Stamp(headers, due: null);
        Gather(new OutgoingOperation(MessageId, headers, work.Incoming.Body, new Target.Queue(transport.Address(destination))));
        return Task.CompletedTask;
    }

    /// <summary>The handlers have ended: what they still send now would be lost, as the commit is under way.</summary>
    public void Close()
    {
        lock (_gate) _closed = true;
    }

    Origin Here => new(Cause, services, cancellation);

    async Task Add(Task<OutgoingOperation> operation, ExtendableOptions options)
    {
        if (options.DispatchImmediately) await transport.Send([await operation], cancellation);
        else Gather(await operation);
    }

    // Handlers may send from several tasks at once.
    void Gather(OutgoingOperation operation)
    {
        lock (_gate)
        {
            if (_closed) throw new InvalidOperationException($"The handlers of message {MessageId} have ended, and what they sent is being committed: this came too late. Await what you send.");
            work.Outgoing.Add(operation);
        }
    }
}
