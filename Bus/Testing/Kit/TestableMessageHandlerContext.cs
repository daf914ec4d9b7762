using Dovetail.Bus.Testing.Kit;
using NServiceBus.Persistence;
using NServiceBus.Pipeline;
using NServiceBus.Unicast.Messages;

namespace NServiceBus.Testing;

/// <summary>Stands for a message at the moment a handler is called for it.</summary>
public class TestableInvokeHandlerContext : TestableIncomingContext, IInvokeHandlerContext
{
    /// <summary>Begins with a message of a new id. Without a creator of one's own, messages are made as the bus makes them.</summary>
    public TestableInvokeHandlerContext(IMessageCreator? messageCreator = null) : base(messageCreator)
    {
    }

    /// <summary>True once the handler asked that no further handler sees the message.</summary>
    public bool DoNotContinueDispatchingCurrentMessageToHandlersWasCalled { get; set; }

    /// <summary>True if handlers that come after this one would not be called.</summary>
    public bool HandlerInvocationAborted => DoNotContinueDispatchingCurrentMessageToHandlersWasCalled;

    /// <summary>Headers that a behavior may change; a handler reads <see cref="TestableMessageProcessingContext.MessageHeaders"/>.</summary>
    public Dictionary<string, string> Headers { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The message, as behaviors see it.</summary>
    public object MessageBeingHandled { get; set; } = new();

    /// <summary>The handler, as behaviors see it.</summary>
    public MessageHandler MessageHandler { get; set; } = new() { HandlerType = typeof(object) };

    /// <summary>What is known of the message's type.</summary>
    public MessageMetadata MessageMetadata { get; set; } = new(typeof(object));

    /// <summary>The store's side of the commit: one that stores nothing, until a test sets another.</summary>
    public ISynchronizedStorageSession SynchronizedStorageSession { get; set; } = new NoStore();

    /// <summary>Notes that the handler asked for it; the kit itself calls no other handlers.</summary>
    public void DoNotContinueDispatchingCurrentMessageToHandlers() => DoNotContinueDispatchingCurrentMessageToHandlersWasCalled = true;
}

/// <summary>What a test gives to a handler instead of the bus; afterwards it tells what the handler sent, published and replied.</summary>
public class TestableMessageHandlerContext : TestableInvokeHandlerContext
{
    /// <summary>Begins with a message of a new id. Without a creator of one's own, messages are made as the bus makes them.</summary>
    public TestableMessageHandlerContext(IMessageCreator? messageCreator = null) : base(messageCreator)
    {
    }
}
