using NServiceBus.Persistence;

namespace NServiceBus.TransactionalSession;

/// <summary>Changes data and sends messages from outside a handler, in one commit. One session is one scope and not for several threads.</summary>
public interface ITransactionalSession : IAsyncDisposable, IDisposable
{
    /// <summary>Names the session in logs.</summary>
    string SessionId { get; }

    /// <summary>Joins business data to the commit.</summary>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    ISynchronizedStorageSession SynchronizedStorageSession { get; }

    /// <summary>Commits data and messages as one.</summary>
    /// <exception cref="InvalidOperationException">The session is not open, or was committed already.</exception>
    Task Commit(CancellationToken cancellationToken = default);

    /// <summary>Begins the session.</summary>
    /// <exception cref="InvalidOperationException">The session was opened already.</exception>
    Task Open(OpenSessionOptions options, CancellationToken cancellationToken = default);

    /// <summary>Publishes an event when the session is committed.</summary>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    Task Publish(object message, PublishOptions publishOptions, CancellationToken cancellationToken = default);

    /// <summary>Makes an event, which may be an interface, and publishes it when the session is committed.</summary>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions, CancellationToken cancellationToken = default);

    /// <summary>Sends a message when the session is committed.</summary>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    Task Send(object message, SendOptions sendOptions, CancellationToken cancellationToken = default);

    /// <summary>Makes a message, which may be an interface, and sends it when the session is committed.</summary>
    /// <exception cref="InvalidOperationException">The session is not open.</exception>
    Task Send<T>(Action<T> messageConstructor, SendOptions sendOptions, CancellationToken cancellationToken = default);
}

/// <summary>Sending and publishing without options.</summary>
public static class TransactionalSessionExtensions
{
    /// <summary>Publishes an event when the session is committed.</summary>
    public static Task Publish(this ITransactionalSession session, object message, CancellationToken cancellationToken = default) =>
        session.Publish(message, new PublishOptions(), cancellationToken);

    /// <summary>Publishes an event without content when the session is committed.</summary>
    public static Task Publish<T>(this ITransactionalSession session, CancellationToken cancellationToken = default) => session.Publish<T>(_ => { }, cancellationToken);

    /// <summary>Makes an event, which may be an interface, and publishes it when the session is committed.</summary>
    public static Task Publish<T>(this ITransactionalSession session, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Publish(messageConstructor, new PublishOptions(), cancellationToken);

    /// <summary>Sends a message, when the session is committed, to the endpoint that its type is routed to.</summary>
    public static Task Send(this ITransactionalSession session, object message, CancellationToken cancellationToken = default) =>
        session.Send(message, new SendOptions(), cancellationToken);

    /// <summary>Sends a message to a named queue when the session is committed.</summary>
    public static Task Send(this ITransactionalSession session, string destination, object message, CancellationToken cancellationToken = default) =>
        session.Send(message, PipelineContextExtensions.To(destination), cancellationToken);

    /// <summary>Makes a message, which may be an interface, and sends it, when the session is committed, to the endpoint that its type is routed to.</summary>
    public static Task Send<T>(this ITransactionalSession session, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Send(messageConstructor, new SendOptions(), cancellationToken);

    /// <summary>Makes a message, which may be an interface, and sends it to a named queue when the session is committed.</summary>
    public static Task Send<T>(this ITransactionalSession session, string destination, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Send(messageConstructor, PipelineContextExtensions.To(destination), cancellationToken);

    /// <summary>Sends a message to the endpoint itself when the session is committed.</summary>
    public static Task SendLocal(this ITransactionalSession session, object message, CancellationToken cancellationToken = default) =>
        session.Send(message, PipelineContextExtensions.Here(), cancellationToken);

    /// <summary>Makes a message, which may be an interface, and sends it to the endpoint itself when the session is committed.</summary>
    public static Task SendLocal<T>(this ITransactionalSession session, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Send(messageConstructor, PipelineContextExtensions.Here(), cancellationToken);
}
