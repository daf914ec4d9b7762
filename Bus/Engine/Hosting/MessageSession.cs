using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Hosting;

/// <summary>Sends at once, from outside handlers.</summary>
sealed class MessageSession(EndpointInstance endpoint) : IMessageSession
{
    public Task Publish(object message, PublishOptions publishOptions, CancellationToken cancellationToken = default) =>
        Dispatch(() => endpoint.Outgoing.Publish(message, publishOptions, endpoint.Outside(cancellationToken)), cancellationToken);

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions, CancellationToken cancellationToken = default) =>
        Publish(MessageCreator.Make(messageConstructor), publishOptions, cancellationToken);

    public Task Send(object message, SendOptions sendOptions, CancellationToken cancellationToken = default) =>
        Dispatch(() => endpoint.Outgoing.Send(message, sendOptions, endpoint.Outside(cancellationToken)), cancellationToken);

    public Task Send<T>(Action<T> messageConstructor, SendOptions sendOptions, CancellationToken cancellationToken = default) =>
        Send(MessageCreator.Make(messageConstructor), sendOptions, cancellationToken);

    public async Task Subscribe(Type eventType, SubscribeOptions subscribeOptions, CancellationToken cancellationToken = default)
    {
        await endpoint.Prepared(cancellationToken);
        var queue = endpoint.QueueFor(eventType, subscribeOptions);
        await Tracing.Subscribe([eventType], () => endpoint.Transport.Subscribe(queue, [eventType], cancellationToken));
    }

    public async Task Unsubscribe(Type eventType, UnsubscribeOptions unsubscribeOptions, CancellationToken cancellationToken = default)
    {
        await endpoint.Prepared(cancellationToken);
        var queue = endpoint.QueueFor(eventType, unsubscribeOptions);
        await Tracing.Unsubscribe([eventType], () => endpoint.Transport.Unsubscribe(queue, [eventType], cancellationToken));
    }

    async Task Dispatch(Func<Task<OutgoingOperation>> operation, CancellationToken cancellation)
    {
        await endpoint.Prepared(cancellation);
        await endpoint.Transport.Send([await operation()], cancellation);
    }
}
