using Dovetail.Bus.Messages;
using NServiceBus;

namespace Dovetail.Bus.Hosting;

/// <summary>Sends at once, from outside handlers.</summary>
sealed class MessageSession(EndpointInstance endpoint) : IMessageSession
{
    public Task Publish(object message, PublishOptions publishOptions, CancellationToken cancellationToken = default) =>
        WhenPrepared(() => endpoint.Outgoing.Publish(message, publishOptions, endpoint.Outside(cancellationToken)), cancellationToken);

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions, CancellationToken cancellationToken = default) =>
        Publish(MessageCreator.Make(messageConstructor), publishOptions, cancellationToken);

    public Task Send(object message, SendOptions sendOptions, CancellationToken cancellationToken = default) =>
        WhenPrepared(() => endpoint.Outgoing.Send(message, sendOptions, endpoint.Outside(cancellationToken)), cancellationToken);

    public Task Send<T>(Action<T> messageConstructor, SendOptions sendOptions, CancellationToken cancellationToken = default) =>
        Send(MessageCreator.Make(messageConstructor), sendOptions, cancellationToken);

    public Task Subscribe(Type eventType, SubscribeOptions subscribeOptions, CancellationToken cancellationToken = default) =>
        WhenPrepared(() => endpoint.Subscriptions.Subscribe([eventType], subscribeOptions, cancellationToken), cancellationToken);

    public Task Unsubscribe(Type eventType, UnsubscribeOptions unsubscribeOptions, CancellationToken cancellationToken = default) =>
        WhenPrepared(() => endpoint.Subscriptions.Unsubscribe(eventType, unsubscribeOptions, cancellationToken), cancellationToken);

    async Task WhenPrepared(Func<Task> operation, CancellationToken cancellation)
    {
        await endpoint.Prepared(cancellation);
        await operation();
    }
}
