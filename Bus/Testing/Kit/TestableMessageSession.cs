using System.Collections.Concurrent;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Testing.Kit;

namespace NServiceBus.Testing;

/// <summary>What a test gives to code that sends from outside handlers; it sends nothing and keeps everything.</summary>
public class TestableMessageSession : IMessageSession
{
    /// <summary>Makes the messages that code under test only fills.</summary>
    protected IMessageCreator messageCreator;

    readonly SentMessages _sent = new();
    readonly ConcurrentQueue<PublishedMessage<object>> _published = [];
    readonly ConcurrentQueue<Subscription> _subscribed = [];
    readonly ConcurrentQueue<Unsubscription> _unsubscribed = [];

    /// <summary>Begins empty. Without a creator of one's own, messages are made as the bus makes them.</summary>
    public TestableMessageSession(IMessageCreator? messageCreator = null) => this.messageCreator = messageCreator ?? MessageCreator.Instance;

    /// <summary>Every event published so far, in order.</summary>
    public virtual PublishedMessage<object>[] PublishedMessages => [.. _published];

    /// <summary>Every message sent so far, in order; delayed ones are among them.</summary>
    public virtual SentMessage<object>[] SentMessages => _sent.All;

    /// <summary>Every event type subscribed to so far, in order.</summary>
    public virtual Subscription[] Subscriptions => [.. _subscribed];

    /// <summary>Every message sent so far that is marked as a saga's timeout.</summary>
    public TimeoutMessage<object>[] TimeoutMessages => _sent.Timeouts;

    /// <summary>Every event type whose subscription was taken back so far, in order.</summary>
    public virtual Unsubscription[] Unsubscription => [.. _unsubscribed];

    /// <summary>Keeps the event in <see cref="PublishedMessages"/>.</summary>
    public virtual Task Publish(object message, PublishOptions publishOptions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(publishOptions);
        _published.Enqueue(new(message, publishOptions));
        return Task.CompletedTask;
    }

    /// <summary>Makes the event and keeps it in <see cref="PublishedMessages"/>.</summary>
    public virtual Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions, CancellationToken cancellationToken = default) =>
        Publish((object)messageCreator.CreateInstance(messageConstructor)!, publishOptions, cancellationToken);

    /// <summary>Keeps the message in <see cref="SentMessages"/>.</summary>
    public virtual Task Send(object message, SendOptions sendOptions, CancellationToken cancellationToken = default) => _sent.Add(message, sendOptions);

    /// <summary>Makes the message and keeps it in <see cref="SentMessages"/>.</summary>
    public virtual Task Send<T>(Action<T> messageConstructor, SendOptions sendOptions, CancellationToken cancellationToken = default) =>
        Send((object)messageCreator.CreateInstance(messageConstructor)!, sendOptions, cancellationToken);

    /// <summary>Keeps the event type in <see cref="Subscriptions"/>.</summary>
    public virtual Task Subscribe(Type eventType, SubscribeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        _subscribed.Enqueue(new(eventType, options));
        return Task.CompletedTask;
    }

    /// <summary>Keeps the event type in <see cref="Unsubscription"/>.</summary>
    public virtual Task Unsubscribe(Type eventType, UnsubscribeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(eventType);
        _unsubscribed.Enqueue(new(eventType, options));
        return Task.CompletedTask;
    }

    Task IMessageSession.Subscribe(Type eventType, SubscribeOptions subscribeOptions, CancellationToken cancellationToken) =>
        Subscribe(eventType, subscribeOptions, cancellationToken);

    Task IMessageSession.Unsubscribe(Type eventType, UnsubscribeOptions unsubscribeOptions, CancellationToken cancellationToken) =>
        Unsubscribe(eventType, unsubscribeOptions, cancellationToken);
}
