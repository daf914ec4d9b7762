using NServiceBus.Unicast.Messages;

namespace NServiceBus.Pipeline;

/// <summary>A message that came in, read.</summary>
public class LogicalMessage
{
    /// <summary>Pairs a message with what is known of its type.</summary>
    public LogicalMessage(MessageMetadata metadata, object message) => (Metadata, Instance) = (metadata, message);

    /// <summary>The message.</summary>
    public object Instance { get; internal set; }

    /// <summary>The type that decides which handlers it meets.</summary>
    public Type MessageType => Metadata.MessageType;

    /// <summary>What is known of its type.</summary>
    public MessageMetadata Metadata { get; internal set; }
}

/// <summary>A message on its way out, not yet written as bytes.</summary>
public class OutgoingLogicalMessage
{
    /// <summary>Pairs a message with the type it is sent as.</summary>
    public OutgoingLogicalMessage(Type messageType, object message) => (MessageType, Instance) = (messageType, message);

    /// <summary>The message.</summary>
    public object Instance { get; }

    /// <summary>The type it is sent as.</summary>
    public Type MessageType { get; }
}

/// <summary>A handler that is about to be called.</summary>
public class MessageHandler
{
    /// <summary>Its class.</summary>
    public virtual required Type HandlerType { get; init; }

    /// <summary>The object that will be called.</summary>
    public virtual object? Instance { get; set; }

    internal Func<object, object, IMessageHandlerContext, Task>? Method { get; init; }

    /// <summary>Calls it.</summary>
    public virtual Task Invoke(object message, IMessageHandlerContext handlerContext) => (Method ?? throw new InvalidOperationException(
        $"{HandlerType.Name} was made for a test and calls nothing. Derive from {nameof(MessageHandler)} and override {nameof(Invoke)}."))(Instance!, message, handlerContext);
}
