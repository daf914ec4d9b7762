namespace NServiceBus;

/// <summary>Sending and publishing without options.</summary>
public static class PipelineContextExtensions
{
    /// <summary>Publishes an event to whoever subscribed.</summary>
    public static Task Publish(this IPipelineContext context, object message) => context.Publish(message, new PublishOptions());

    /// <summary>Publishes an event without content.</summary>
    public static Task Publish<T>(this IPipelineContext context) => context.Publish<T>(_ => { }, new PublishOptions());

    /// <summary>Makes an event, which may be an interface, and publishes it.</summary>
    public static Task Publish<T>(this IPipelineContext context, Action<T> messageConstructor) => context.Publish(messageConstructor, new PublishOptions());

    /// <summary>Sends a message to the endpoint that its type is routed to.</summary>
    public static Task Send(this IPipelineContext context, object message) => context.Send(message, new SendOptions());

    /// <summary>Sends a message to a named queue.</summary>
    public static Task Send(this IPipelineContext context, string destination, object message) => context.Send(message, To(destination));

    /// <summary>Makes a message, which may be an interface, and sends it to the endpoint that its type is routed to.</summary>
    public static Task Send<T>(this IPipelineContext context, Action<T> messageConstructor) => context.Send(messageConstructor, new SendOptions());

    /// <summary>Makes a message, which may be an interface, and sends it to a named queue.</summary>
    public static Task Send<T>(this IPipelineContext context, string destination, Action<T> messageConstructor) => context.Send(messageConstructor, To(destination));

    /// <summary>Sends a message to the sending endpoint itself.</summary>
    public static Task SendLocal(this IPipelineContext context, object message) => context.Send(message, Here());

    /// <summary>Makes a message, which may be an interface, and sends it to the sending endpoint itself.</summary>
    public static Task SendLocal<T>(this IPipelineContext context, Action<T> messageConstructor) => context.Send(messageConstructor, Here());

    internal static SendOptions To(string destination)
    {
        var options = new SendOptions();
        options.SetDestination(destination);
        return options;
    }

    internal static SendOptions Here()
    {
        var options = new SendOptions();
        options.RouteToThisEndpoint();
        return options;
    }
}

/// <summary>Answering without options.</summary>
public static class MessageProcessingContextExtensions
{
    /// <summary>Answers whoever sent the message.</summary>
    public static Task Reply(this IMessageProcessingContext context, object message) => context.Reply(message, new ReplyOptions());

    /// <summary>Makes an answer, which may be an interface, and gives it to whoever sent the message.</summary>
    public static Task Reply<T>(this IMessageProcessingContext context, Action<T> messageConstructor) => context.Reply(messageConstructor, new ReplyOptions());
}

/// <summary>Sending, publishing and subscribing from outside a handler, without options.</summary>
public static class MessageSessionExtensions
{
    /// <summary>Publishes an event to whoever subscribed.</summary>
    public static Task Publish(this IMessageSession session, object message, CancellationToken cancellationToken = default) =>
        session.Publish(message, new PublishOptions(), cancellationToken);

    /// <summary>Publishes an event without content.</summary>
    public static Task Publish<T>(this IMessageSession session, CancellationToken cancellationToken = default) => session.Publish<T>(_ => { }, cancellationToken);

    /// <summary>Makes an event, which may be an interface, and publishes it.</summary>
    public static Task Publish<T>(this IMessageSession session, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Publish(messageConstructor, new PublishOptions(), cancellationToken);

    /// <summary>Sends a message to the endpoint that its type is routed to.</summary>
    public static Task Send(this IMessageSession session, object message, CancellationToken cancellationToken = default) =>
        session.Send(message, new SendOptions(), cancellationToken);

    /// <summary>Sends a message to a named queue.</summary>
    public static Task Send(this IMessageSession session, string destination, object message, CancellationToken cancellationToken = default) =>
        session.Send(message, PipelineContextExtensions.To(destination), cancellationToken);

    /// <summary>Makes a message, which may be an interface, and sends it to the endpoint that its type is routed to.</summary>
    public static Task Send<T>(this IMessageSession session, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Send(messageConstructor, new SendOptions(), cancellationToken);

    /// <summary>Makes a message, which may be an interface, and sends it to a named queue.</summary>
    public static Task Send<T>(this IMessageSession session, string destination, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Send(messageConstructor, PipelineContextExtensions.To(destination), cancellationToken);

    /// <summary>Sends a message to the sending endpoint itself.</summary>
    public static Task SendLocal(this IMessageSession session, object message, CancellationToken cancellationToken = default) =>
        session.Send(message, PipelineContextExtensions.Here(), cancellationToken);

    /// <summary>Makes a message, which may be an interface, and sends it to the sending endpoint itself.</summary>
    public static Task SendLocal<T>(this IMessageSession session, Action<T> messageConstructor, CancellationToken cancellationToken = default) =>
        session.Send(messageConstructor, PipelineContextExtensions.Here(), cancellationToken);

    /// <summary>Has this endpoint receive an event from now on.</summary>
    public static Task Subscribe(this IMessageSession session, Type messageType, CancellationToken cancellationToken = default) =>
        session.Subscribe(messageType, new SubscribeOptions(), cancellationToken);

    /// <summary>Has this endpoint receive an event from now on.</summary>
    public static Task Subscribe<T>(this IMessageSession session, CancellationToken cancellationToken = default) =>
        session.Subscribe(typeof(T), new SubscribeOptions(), cancellationToken);

    /// <summary>Has this endpoint no longer receive an event.</summary>
    public static Task Unsubscribe(this IMessageSession session, Type messageType, CancellationToken cancellationToken = default) =>
        session.Unsubscribe(messageType, new UnsubscribeOptions(), cancellationToken);

    /// <summary>Has this endpoint no longer receive an event.</summary>
    public static Task Unsubscribe<T>(this IMessageSession session, CancellationToken cancellationToken = default) =>
        session.Unsubscribe(typeof(T), new UnsubscribeOptions(), cancellationToken);
}
