using NServiceBus.Extensibility;
using NServiceBus.Persistence;

namespace NServiceBus;

/// <summary>An operation that can be called off.</summary>
public interface ICancellableContext
{
    /// <summary>Signalled when the endpoint stops and will wait no longer.</summary>
    CancellationToken CancellationToken { get; }
}

/// <summary>What code in the pipeline may send; it leaves together with the outcome of the message, or not at all.</summary>
public interface IPipelineContext : IExtendable, ICancellableContext
{
    /// <summary>Publishes an event to whoever subscribed.</summary>
    Task Publish(object message, PublishOptions options);

    /// <summary>Makes an event, which may be an interface, and publishes it.</summary>
    Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions);

    /// <summary>Sends a message to one receiver.</summary>
    Task Send(object message, SendOptions options);

    /// <summary>Makes a message, which may be an interface, and sends it to one receiver.</summary>
    Task Send<T>(Action<T> messageConstructor, SendOptions options);
}

/// <summary>The message being processed.</summary>
public interface IMessageProcessingContext : IPipelineContext
{
    /// <summary>Headers of the message as they came; see <see cref="Headers"/>.</summary>
    IReadOnlyDictionary<string, string> MessageHeaders { get; }

    /// <summary>Stays the same across retries, so it serves as an idempotency key.</summary>
    string MessageId { get; }

    /// <summary>Where a reply goes.</summary>
    string ReplyToAddress { get; }

    /// <summary>Sends a copy of this message, unchanged, to another queue.</summary>
    Task ForwardCurrentMessageTo(string destination);

    /// <summary>Answers whoever sent the message.</summary>
    /// <exception cref="InvalidOperationException">The message has no reply address.</exception>
    Task Reply(object message, ReplyOptions options);

    /// <summary>Makes an answer, which may be an interface, and gives it to whoever sent the message.</summary>
    /// <exception cref="InvalidOperationException">The message has no reply address.</exception>
    Task Reply<T>(Action<T> messageConstructor, ReplyOptions options);
}

/// <summary>What a handler gets beside its message.</summary>
public interface IMessageHandlerContext : IMessageProcessingContext
{
    /// <summary>Joins business data to the commit of saga state and outgoing messages.</summary>
    ISynchronizedStorageSession SynchronizedStorageSession { get; }

    /// <summary>No further handler sees this message, which counts as handled.</summary>
    void DoNotContinueDispatchingCurrentMessageToHandlers();
}

/// <summary>Sends from outside a handler; each call is safe in the queue when it returns.</summary>
/// <remarks>Not for handlers: what is sent here does not wait for the handler to succeed.</remarks>
public interface IMessageSession
{
    /// <summary>Publishes an event to whoever subscribed.</summary>
    Task Publish(object message, PublishOptions publishOptions, CancellationToken cancellationToken = default);

    /// <summary>Makes an event, which may be an interface, and publishes it.</summary>
    Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions, CancellationToken cancellationToken = default);

    /// <summary>Sends a message to one receiver.</summary>
    Task Send(object message, SendOptions sendOptions, CancellationToken cancellationToken = default);

    /// <summary>Makes a message, which may be an interface, and sends it to one receiver.</summary>
    Task Send<T>(Action<T> messageConstructor, SendOptions sendOptions, CancellationToken cancellationToken = default);

    /// <summary>Has this endpoint receive an event from now on.</summary>
    Task Subscribe(Type eventType, SubscribeOptions subscribeOptions, CancellationToken cancellationToken = default);

    /// <summary>Has this endpoint no longer receive an event.</summary>
    Task Unsubscribe(Type eventType, UnsubscribeOptions unsubscribeOptions, CancellationToken cancellationToken = default);
}
