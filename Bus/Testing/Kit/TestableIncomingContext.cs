using Microsoft.Extensions.DependencyInjection;
using NServiceBus.Pipeline;
using NServiceBus.Transport;
using NServiceBus.Unicast.Messages;

namespace NServiceBus.Testing;

/// <summary>Stands for a message on its way to its handlers.</summary>
public abstract class TestableIncomingContext : TestableMessageProcessingContext, IIncomingContext
{
    /// <summary>Begins with a message of a new id. Without a creator of one's own, messages are made as the bus makes them.</summary>
    protected TestableIncomingContext(IMessageCreator? messageCreator = null) : base(messageCreator)
    {
    }

    /// <summary>Services that the behavior asks for.</summary>
    public IServiceCollection ServiceCollection { get; set; } = new ServiceCollection();

    IServiceProvider IBehaviorContext.Builder => GetBuilder();

    /// <summary>Offers what is in <see cref="ServiceCollection"/>.</summary>
    protected virtual IServiceProvider GetBuilder() => ServiceCollection.BuildServiceProvider();
}

/// <summary>What a test gives to a behavior of messages that are not read yet.</summary>
public class TestableIncomingPhysicalMessageContext : TestableIncomingContext, IIncomingPhysicalMessageContext
{
    /// <summary>Begins with a message without headers and body.</summary>
    public TestableIncomingPhysicalMessageContext() => Message = new IncomingMessage(MessageId, [], ReadOnlyMemory<byte>.Empty);

    /// <summary>The message, unread.</summary>
    public IncomingMessage Message { get; set; }

    /// <summary>Changes the body of <see cref="Message"/>.</summary>
    public virtual void UpdateMessage(ReadOnlyMemory<byte> body) => Message.Body = body;
}

/// <summary>What a test gives to a behavior of messages that were read.</summary>
public class TestableIncomingLogicalMessageContext : TestableIncomingContext, IIncomingLogicalMessageContext
{
    /// <summary>Begins with a message of no use. Without a creator of one's own, messages are made as the bus makes them.</summary>
    public TestableIncomingLogicalMessageContext(IMessageCreator? messageCreator = null) : base(messageCreator)
    {
    }

    /// <summary>Headers that the behavior may change.</summary>
    public Dictionary<string, string> Headers { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The message.</summary>
    public LogicalMessage Message { get; set; } = new(new MessageMetadata(typeof(object)), new object());

    /// <summary>True if it is no failure that nobody handles the message.</summary>
    public bool MessageHandled { get; set; }

    /// <summary>Replaces <see cref="Message"/>.</summary>
    public virtual void UpdateMessageInstance(object newInstance)
    {
        ArgumentNullException.ThrowIfNull(newInstance);
        Message = new LogicalMessage(new MessageMetadata(newInstance.GetType()), newInstance);
    }
}
