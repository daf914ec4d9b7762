using System.Collections.Concurrent;
using NServiceBus;
using NServiceBus.Transport;
using NServiceBus.Unicast.Messages;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Topology;

/// <summary>A fanout exchange for each queue, and one for each type of event, bound to those of its base classes and interfaces.</summary>
sealed class ConventionalTopology(QueueType queueType, bool durable) : IKnownTopology
{
    readonly ConcurrentDictionary<Type, bool> _prepared = new();

    /// <summary>The exchange of a type. Nested types lose the one that they are declared in; generic ones keep their arity.</summary>
    public static string ExchangeOf(Type type) => $"{type.Namespace}:{type.Name}";

    public async ValueTask Initialize(IChannel channel, IEnumerable<string> receivingAddresses, IEnumerable<string> sendingAddresses, CancellationToken cancellationToken = default)
    {
        foreach (var address in receivingAddresses.Concat(sendingAddresses))
        {
            await Queues.Declare(channel, address, queueType, durable, cancellationToken);
            await Declare(channel, address, cancellationToken);
            await channel.QueueBindAsync(address, address, "", null, noWait: true, cancellationToken);
        }
    }

    public async ValueTask BindToDelayInfrastructure(IChannel channel, string address, string deliveryExchange, string routingKey, CancellationToken cancellationToken = default) =>
        await channel.ExchangeBindAsync(address, deliveryExchange, routingKey, null, noWait: false, cancellationToken);

    public async ValueTask SetupSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default)
    {
        // Whatever is an event is an object too, but not all of it is marked as an IEvent.
        var published = type.MessageType == typeof(IEvent) ? typeof(object) : type.MessageType;
        await Prepare(channel, published, cancellationToken);
        await channel.ExchangeBindAsync(subscriberName, ExchangeOf(published), "", null, noWait: false, cancellationToken);
    }

    public async ValueTask TeardownSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default) =>
        await channel.ExchangeUnbindAsync(subscriberName, ExchangeOf(type.MessageType), "", null, noWait: false, cancellationToken);

    public async ValueTask Publish(IChannel channel, Type type, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default)
    {
        await Prepare(channel, type, cancellationToken);
        await channel.BasicPublishAsync(ExchangeOf(type), "", mandatory: false, properties, message.Body, cancellationToken);
    }

    public ValueTask Send(IChannel channel, string address, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default) =>
        channel.BasicPublishAsync(address, "", mandatory: true, properties, message.Body, cancellationToken);

    public ValueTask RawSendInCaseOfFailure(IChannel channel, string address, ReadOnlyMemory<byte> body, BasicProperties properties, CancellationToken cancellationToken = default) =>
        channel.BasicPublishAsync(address, "", mandatory: true, properties, body, cancellationToken);

    /// <remarks>A class is bound to its base classes, one after the other up to object, and to every interface that it has. An interface is bound to nothing until it is published or subscribed to itself.</remarks>
    public async Task Prepare(IChannel channel, Type type, CancellationToken cancellation)
    {
        if (_prepared.ContainsKey(type)) return;
        await Declare(channel, ExchangeOf(type), cancellation);
        var derived = type;
        for (var parent = type.BaseType; parent is not null; (derived, parent) = (parent, parent.BaseType)) await Bind(channel, parent, derived, cancellation);
        foreach (var contract in type.GetInterfaces()) await Bind(channel, contract, type, cancellation);

        // None of the above was waited for; this is answered when all of it is done.
        await channel.ExchangeDeclarePassiveAsync(ExchangeOf(type), cancellation);
        _prepared[type] = true;
    }

    public Task Find(IChannel channel, string address, CancellationToken cancellation) => channel.ExchangeDeclarePassiveAsync(address, cancellation);

    async Task Bind(IChannel channel, Type parent, Type derived, CancellationToken cancellation)
    {
        await Declare(channel, ExchangeOf(parent), cancellation);
        await channel.ExchangeBindAsync(ExchangeOf(parent), ExchangeOf(derived), "", null, noWait: true, cancellation);
    }

    Task Declare(IChannel channel, string exchange, CancellationToken cancellation) =>
        channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable, autoDelete: false, null, passive: false, noWait: true, cancellation);
}
