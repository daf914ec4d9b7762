using NServiceBus.Extensibility;

namespace NServiceBus.Testing;

/// <summary>A message that the code under test let go, with the options it gave.</summary>
public class OutgoingMessage<TMessage, TOptions> where TOptions : ExtendableOptions
{
    /// <summary>For the kinds of outgoing messages, each of which has options of its own.</summary>
    protected OutgoingMessage(TMessage message, TOptions options)
    {
        Message = message;
        Options = options;
    }

    /// <summary>The object that was given to the bus, not a copy.</summary>
    public TMessage Message { get; }

    /// <summary>The options that were given with it: destination, delay, headers, message id.</summary>
    public TOptions Options { get; }
}

/// <summary>A message sent to one receiver.</summary>
public class SentMessage<TMessage> : OutgoingMessage<TMessage, SendOptions>
{
    /// <summary>Notes a message that was sent.</summary>
    public SentMessage(TMessage message, SendOptions options) : base(message, options) { }
}

/// <summary>A message published to whoever subscribed.</summary>
public class PublishedMessage<TMessage> : OutgoingMessage<TMessage, PublishOptions>
{
    /// <summary>Notes a message that was published.</summary>
    public PublishedMessage(TMessage message, PublishOptions options) : base(message, options) { }
}

/// <summary>A message that answers the one being handled, or the one that began the saga.</summary>
public class RepliedMessage<TMessage> : OutgoingMessage<TMessage, ReplyOptions>
{
    /// <summary>Notes a message that was given as a reply.</summary>
    public RepliedMessage(TMessage message, ReplyOptions options) : base(message, options) { }
}

/// <summary>A timeout that a saga asked for; either its point in time is known or its delay.</summary>
public class TimeoutMessage<TMessage> : OutgoingMessage<TMessage, SendOptions>
{
    /// <summary>Notes a timeout at a point in time.</summary>
    public TimeoutMessage(TMessage message, SendOptions options, DateTimeOffset at) : base(message, options) => At = at;

    /// <summary>Notes a timeout after a while.</summary>
    public TimeoutMessage(TMessage message, SendOptions options, TimeSpan within) : base(message, options) => Within = within;

    /// <summary>When the saga wants to be called; null if it asked for a delay.</summary>
    public DateTimeOffset? At { get; }

    /// <summary>After how long the saga wants to be called; null if it asked for a point in time.</summary>
    public TimeSpan? Within { get; }
}

/// <summary>An event type that was subscribed to.</summary>
public class Subscription : OutgoingMessage<Type, SubscribeOptions>
{
    /// <summary>Notes a subscription.</summary>
    public Subscription(Type message, SubscribeOptions options) : base(message, options) { }
}

/// <summary>An event type whose subscription was taken back.</summary>
public class Unsubscription : OutgoingMessage<Type, UnsubscribeOptions>
{
    /// <summary>Notes that a subscription was taken back.</summary>
    public Unsubscription(Type message, UnsubscribeOptions options) : base(message, options) { }
}
