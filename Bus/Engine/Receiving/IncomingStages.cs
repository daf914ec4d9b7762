using Dovetail.Bus.Handlers;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Pipeline;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Persistence;
using NServiceBus.Pipeline;
using NServiceBus.Transport;
using NServiceBus.Unicast.Messages;

namespace Dovetail.Bus.Receiving;

sealed class TransportReceiveContext(Attempt attempt) : ITransportReceiveContext
{
    public Attempt Attempt => attempt;

    public IncomingMessage Message => attempt.Visible!;

    public ContextBag Extensions => attempt.Bag!;

    public IServiceProvider Builder => attempt.Services;

    public CancellationToken CancellationToken => attempt.Cancellation;
}

/// <summary>What the other incoming stages have in common: what their behaviors send joins what handlers send.</summary>
abstract class IncomingContext : StageContext, IIncomingContext, IDisposable
{
    readonly MessageHandlerContext _handling;
    readonly ContextBag? _outer;

    protected IncomingContext(Attempt attempt) : base(attempt.Context.Stage, attempt.Services, attempt.Cancellation)
    {
        Attempt = attempt;
        _handling = attempt.Context;
        _outer = _handling.Stage;
        _handling.Stage = Extensions;
    }

    public Attempt Attempt { get; }

    public IReadOnlyDictionary<string, string> MessageHeaders => _handling.MessageHeaders;

    public Dictionary<string, string> Headers => Attempt.Received.Headers;

    public string MessageId => _handling.MessageId;

    public string ReplyToAddress => _handling.ReplyToAddress;

    public Task ForwardCurrentMessageTo(string destination) => _handling.ForwardCurrentMessageTo(destination);

    public Task Publish(object message, PublishOptions options) => _handling.Publish(message, options);

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions) => _handling.Publish(messageConstructor, publishOptions);

    public Task Reply(object message, ReplyOptions options) => _handling.Reply(message, options);

    public Task Reply<T>(Action<T> messageConstructor, ReplyOptions options) => _handling.Reply(messageConstructor, options);

    public Task Send(object message, SendOptions options) => _handling.Send(message, options);

    public Task Send<T>(Action<T> messageConstructor, SendOptions options) => _handling.Send(messageConstructor, options);

    /// <summary>The stage is left: what was stored in it is seen no more.</summary>
    public void Dispose() => _handling.Stage = _outer;

    /// <summary>The engine's own context, of a behavior that passed on what it was given.</summary>
    public static TOwn Own<TOwn>(IBehaviorContext context) where TOwn : class => context as TOwn ?? throw new InvalidOperationException(
        $"A behavior passed on a {context.GetType().Name} of its own. Pass on the context that it was given.");
}

sealed class IncomingPhysicalMessageContext(Attempt attempt) : IncomingContext(attempt), IIncomingPhysicalMessageContext
{
    public IncomingMessage Message => Attempt.Visible!;

    public void UpdateMessage(ReadOnlyMemory<byte> body) => Attempt.Body = body;
}

sealed class IncomingLogicalMessageContext(Attempt attempt, MessageTypes types, object message) : IncomingContext(attempt), IIncomingLogicalMessageContext
{
    public LogicalMessage Message { get; } = new(types.Describe(MessageProxies.ContractOf(message)), message);

    public bool MessageHandled { get; set; }

    public void UpdateMessageInstance(object newInstance)
    {
        ArgumentNullException.ThrowIfNull(newInstance);
        Message.Instance = newInstance;
        Message.Metadata = types.Describe(MessageProxies.ContractOf(newInstance));
    }
}

sealed class InvokeHandlerContext(Attempt attempt, MessageTypes types, HandlerMethod method, object handler, object message) : IncomingContext(attempt), IInvokeHandlerContext
{
    public HandlerMethod Method => method;

    /// <summary>True if the message meets no instance of the saga, which then is not called.</summary>
    public bool Skipped { get; set; }

    public bool HandlerInvocationAborted => Attempt.Context.Stopped;

    public object MessageBeingHandled => message;

    public MessageHandler MessageHandler { get; } = new() { HandlerType = method.HandlerType, Instance = handler, Method = method.Invoke };

    public MessageMetadata MessageMetadata => types.Describe(MessageProxies.ContractOf(message));

    public ISynchronizedStorageSession SynchronizedStorageSession => Attempt.Context.SynchronizedStorageSession;

    public void DoNotContinueDispatchingCurrentMessageToHandlers() => Attempt.Context.DoNotContinueDispatchingCurrentMessageToHandlers();
}
