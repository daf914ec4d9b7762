using System.Collections.Concurrent;
using System.Collections.ObjectModel;

namespace NServiceBus.Testing;

/// <summary>Stands for a message being processed, and keeps what code makes of it.</summary>
public class TestableMessageProcessingContext : TestablePipelineContext, IMessageProcessingContext
{
    readonly ConcurrentQueue<string> _forwarded = [];
    readonly ConcurrentQueue<RepliedMessage<object>> _replied = [];

    /// <summary>Begins with a message of a new id. Without a creator of one's own, messages are made as the bus makes them.</summary>
    public TestableMessageProcessingContext(IMessageCreator? messageCreator = null) : base(messageCreator)
    {
    }

    /// <summary>The queues that the message was forwarded to, in order.</summary>
    public virtual string[] ForwardedMessages => [.. _forwarded];

    /// <summary>Headers that the message came with; a test sets those that the code under test reads.</summary>
    public IDictionary<string, string> MessageHeaders { get; set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The message's id: a new one in each context, until a test sets it.</summary>
    public string MessageId { get; set; } = Guid.NewGuid().ToString();

    /// <summary>Every reply given so far, in order.</summary>
    public virtual RepliedMessage<object>[] RepliedMessages => [.. _replied];

    /// <summary>Where replies would go: "reply address", until a test sets it.</summary>
    public string ReplyToAddress { get; set; } = "reply address";

    IReadOnlyDictionary<string, string> IMessageProcessingContext.MessageHeaders => new ReadOnlyDictionary<string, string>(MessageHeaders);

    /// <summary>Keeps the queue's name in <see cref="ForwardedMessages"/>.</summary>
    public virtual Task ForwardCurrentMessageTo(string destination)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(destination);
        _forwarded.Enqueue(destination);
        return Task.CompletedTask;
    }

    /// <summary>Keeps the reply in <see cref="RepliedMessages"/>.</summary>
    public virtual Task Reply(object message, ReplyOptions options)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(options);
        _replied.Enqueue(new(message, options));
        return Task.CompletedTask;
    }

    /// <summary>Makes the reply and keeps it in <see cref="RepliedMessages"/>.</summary>
    public virtual Task Reply<T>(Action<T> messageConstructor, ReplyOptions options) => Reply((object)messageCreator.CreateInstance(messageConstructor)!, options);
}
