using NServiceBus;
using NServiceBus.Transport;
using NServiceBus.Unicast.Messages;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Topology;

/// <summary>Commands go straight to their queue, events through one topic exchange.</summary>
sealed class DirectTopology(QueueType queueType, bool durable, Func<Type, string>? routingKeyConvention, Func<string>? exchangeNameConvention) : IKnownTopology
{
    const string DefaultExchange = "amq.topic";

    readonly Func<Type, string> _key = routingKeyConvention ?? EventKeys.Of;

    string Exchange => exchangeNameConvention?.Invoke() ?? DefaultExchange;

    public async ValueTask Initialize(IChannel channel, IEnumerable<string> receivingAddresses, IEnumerable<string> sendingAddresses, CancellationToken cancellationToken = default)
    {
        foreach (var address in receivingAddresses.Concat(sendingAddresses)) await Queues.Declare(channel, address, queueType, durable, cancellationToken);
    }

    public async ValueTask BindToDelayInfrastructure(IChannel channel, string address, string deliveryExchange, string routingKey, CancellationToken cancellationToken = default) =>
        await channel.QueueBindAsync(address, deliveryExchange, routingKey, null, noWait: false, cancellationToken);

    public async ValueTask SetupSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default)
    {
        var exchange = Exchange;
        if (exchange != DefaultExchange) await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable, autoDelete: false, cancellationToken: cancellationToken);
        await channel.QueueBindAsync(subscriberName, exchange, Pattern(type.MessageType), null, noWait: false, cancellationToken);
    }

    public async ValueTask TeardownSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default) =>
        await channel.QueueUnbindAsync(subscriberName, Exchange, Pattern(type.MessageType), null, cancellationToken);

    public ValueTask Publish(IChannel channel, Type type, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default) =>
        channel.BasicPublishAsync(Exchange, _key(type), mandatory: false, properties, message.Body, cancellationToken);

    public ValueTask Send(IChannel channel, string address, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default) =>
        channel.BasicPublishAsync("", address, mandatory: true, properties, message.Body, cancellationToken);

    public ValueTask RawSendInCaseOfFailure(IChannel channel, string address, ReadOnlyMemory<byte> body, BasicProperties properties, CancellationToken cancellationToken = default) =>
        channel.BasicPublishAsync("", address, mandatory: true, properties, body, cancellationToken);

    /// <summary>Nothing: publishing declares no exchange here.</summary>
    public Task Prepare(IChannel channel, Type type, CancellationToken cancellation) => Task.CompletedTask;

    public Task Find(IChannel channel, string address, CancellationToken cancellation) => channel.QueueDeclarePassiveAsync(address, cancellation);

    string Pattern(Type type) => type == typeof(object) || type == typeof(IEvent) ? "#" : $"{_key(type)}.#";
}
