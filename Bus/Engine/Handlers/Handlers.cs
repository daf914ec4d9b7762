namespace NServiceBus;

/// <summary>Any handler, whatever it handles.</summary>
public interface IHandleMessages;

/// <summary>Handles messages of type <typeparamref name="T"/> and of types derived from it.</summary>
public interface IHandleMessages<T> : IHandleMessages
{
    /// <summary>Called once for each attempt; what it sends leaves only if all handlers of the message succeed.</summary>
    Task Handle(T message, IMessageHandlerContext context);
}

/// <summary>Implemented by a saga: a message of this type begins a new instance if there is none yet.</summary>
public interface IAmStartedByMessages<T> : IHandleMessages, IHandleMessages<T>;

/// <summary>Implemented by a saga that asked for a timeout with state of type <typeparamref name="T"/>.</summary>
public interface IHandleTimeouts<T>
{
    /// <summary>Called when the time is up, unless the saga has completed.</summary>
    Task Timeout(T state, IMessageHandlerContext context);
}
