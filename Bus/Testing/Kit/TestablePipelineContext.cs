using System.Collections.Concurrent;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Testing.Kit;
using NServiceBus.Extensibility;

namespace NServiceBus.Testing;

/// <summary>Sends nothing; keeps what code sends and publishes, so that a test can look at it.</summary>
public class TestablePipelineContext : IPipelineContext
{
    /// <summary>Makes the messages that code under test only fills.</summary>
    protected IMessageCreator messageCreator;

    readonly SentMessages _sent = new();
    readonly ConcurrentQueue<PublishedMessage<object>> _published = [];

    /// <summary>Begins empty. Without a creator of one's own, messages are made as the bus makes them.</summary>
    public TestablePipelineContext(IMessageCreator? messageCreator = null) => this.messageCreator = messageCreator ?? MessageCreator.Instance;

    /// <summary>What the code under test sees as the signal that the endpoint stops.</summary>
    public CancellationToken CancellationToken { get; set; } = CancellationToken.None;

    /// <summary>Values that the code under test finds, for instance from behaviours that would have run before it.</summary>
    public ContextBag Extensions { get; set; } = new();

    /// <summary>Every event published so far, in order.</summary>
    public virtual PublishedMessage<object>[] PublishedMessages => [.. _published];

    /// <summary>Every message sent so far, in order; delayed ones and timeouts are among them.</summary>
    public virtual SentMessage<object>[] SentMessages => _sent.All;

    /// <summary>Every timeout that a saga asked for so far, in the order of asking.</summary>
    public TimeoutMessage<object>[] TimeoutMessages => _sent.Timeouts;

    /// <summary>Keeps the event in <see cref="PublishedMessages"/>.</summary>
    public virtual Task Publish(object message, PublishOptions options)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(options);
        _published.Enqueue(new(message, options));
        return Task.CompletedTask;
    }

    /// <summary>Makes the event and keeps it in <see cref="PublishedMessages"/>.</summary>
    public virtual Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions) => Publish((object)messageCreator.CreateInstance(messageConstructor)!, publishOptions);

    /// <summary>Keeps the message in <see cref="SentMessages"/>, and a saga's timeout in <see cref="TimeoutMessages"/> too.</summary>
    public virtual Task Send(object message, SendOptions options) => _sent.Add(message, options);

    /// <summary>Makes the message and keeps it in <see cref="SentMessages"/>.</summary>
    public virtual Task Send<T>(Action<T> messageConstructor, SendOptions options) => Send((object)messageCreator.CreateInstance(messageConstructor)!, options);
}
