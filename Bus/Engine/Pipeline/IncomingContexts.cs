using NServiceBus.Transport;
using NServiceBus.Unicast.Messages;

namespace NServiceBus.Pipeline;

/// <summary>First stage: a message was taken from its queue. What is sent here would belong to nothing, so nothing can be.</summary>
public interface ITransportReceiveContext : IBehaviorContext
{
    /// <summary>The message, unread.</summary>
    IncomingMessage Message { get; }
}

/// <summary>A message on its way to its handlers.</summary>
public interface IIncomingContext : IMessageProcessingContext, IBehaviorContext;

/// <summary>Second stage: the message is known to be new, and still bytes.</summary>
public interface IIncomingPhysicalMessageContext : IIncomingContext
{
    /// <summary>The message, unread.</summary>
    IncomingMessage Message { get; }

    /// <summary>Has this read instead; audit, retry and error copies keep what was received.</summary>
    void UpdateMessage(ReadOnlyMemory<byte> body);
}

/// <summary>Third stage: the message was read. A body that holds several messages passes here with each.</summary>
public interface IIncomingLogicalMessageContext : IIncomingContext
{
    /// <summary>Its headers; changes last for this attempt.</summary>
    Dictionary<string, string> Headers { get; }

    /// <summary>The message.</summary>
    LogicalMessage Message { get; }

    /// <summary>True if it is no failure that nobody here handles the message.</summary>
    bool MessageHandled { get; set; }

    /// <summary>Has handlers see this instead; another type of message meets other handlers.</summary>
    void UpdateMessageInstance(object newInstance);
}

/// <summary>Fourth stage, once for each handler: it is about to be called.</summary>
public interface IInvokeHandlerContext : IMessageHandlerContext, IIncomingContext
{
    /// <summary>True once a handler asked that no further handler sees the message.</summary>
    bool HandlerInvocationAborted { get; }

    /// <summary>The message's headers; changes last for this attempt.</summary>
    Dictionary<string, string> Headers { get; }

    /// <summary>The message.</summary>
    object MessageBeingHandled { get; }

    /// <summary>The handler, which has been made.</summary>
    MessageHandler MessageHandler { get; }

    /// <summary>What is known of the message's type.</summary>
    MessageMetadata MessageMetadata { get; }
}
