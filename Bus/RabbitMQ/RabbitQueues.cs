using System.Collections.Concurrent;
using Dovetail.Bus.RabbitMQ.Broker;
using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.RabbitMQ.Receiving;
using Dovetail.Bus.RabbitMQ.Sending;
using Dovetail.Bus.RabbitMQ.Topology;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;
using NServiceBus.Unicast.Messages;
using NServiceBus.Unicast.Queuing;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Headers = NServiceBus.Headers;

namespace Dovetail.Bus.RabbitMQ;

/// <summary>Queues of one RabbitMQ broker, as one endpoint uses them.</summary>
sealed partial class RabbitQueues : ITransport
{
    readonly TransportContext _context;
    readonly PublishConnection _connection;
    readonly Publisher _publisher;
    readonly Departures _departures;
    readonly BrokerChecks _checks;
    readonly ConcurrentDictionary<RabbitReceiver, string> _receivers = new();

    public RabbitQueues(RabbitMQTransport settings, TransportContext context)
    {
        (Settings, _context) = (settings, context);
        Logger = context.Logging.CreateLogger("Dovetail.Bus.RabbitMQ");
        Connections = new BrokerConnections(settings, context, Logger);
        Prefetch = PrefetchOf(settings, context, Logger);
        ConsumerTag = context.HostDisplayName is { Length: > 0 } host ? $"{host} - {context.EndpointName}" : context.EndpointName;
        _connection = new PublishConnection(Connections, context.EndpointName);
        _publisher = new Publisher(_connection, settings.Topology, context.Time, Logger);
        _departures = new Departures(settings, _connection, context.Time);
        _checks = new BrokerChecks(settings, context.Time, Logger);
    }

    public RabbitMQTransport Settings { get; }

    public BrokerConnections Connections { get; }

    public ILogger Logger { get; }

    public TimeProvider Time => _context.Time;

    public string ErrorQueue => _context.ErrorQueue;

    public string ConsumerTag { get; }

    /// <summary>How many messages the broker hands out ahead.</summary>
    public int Prefetch { get; }

    public bool InstallsItself => false;

    public string Address(string queue) => queue;

    public string InstanceQueue(string queue, string discriminator) => $"{queue}-{discriminator}";

    public Task CreateQueues(IReadOnlyCollection<string> queues, CancellationToken cancellation) => CreateQueues([], queues, cancellation);

    public async Task CreateQueues(IReadOnlyCollection<string> receiving, IReadOnlyCollection<string> sending, CancellationToken cancellation)
    {
        await _checks.Pass(cancellation);
        await Use(async channel =>
        {
            try
            {
                await Settings.Topology.Initialize(channel, receiving, sending, cancellation);
                if (Settings.DelaysMessages)
                {
                    await DelayInfrastructure.Make(channel, Settings.Address, cancellation);
                    foreach (var queue in receiving) await Settings.Topology.BindToDelayInfrastructure(channel, queue, DelayInfrastructure.DeliveryExchange, DelayInfrastructure.BindingKey(queue), cancellation);
                }

                // Not everything above was waited for; this is answered when all of it is done.
                await channel.BasicQosAsync(0, 1, global: false, cancellation);
            }
            catch (Exception failure) when (BrokerErrors.IsOther(failure))
            {
                throw new InvalidOperationException(
                    $"RabbitMQ has a queue or exchange of another kind under one of the names {string.Join(", ", receiving.Concat(sending))}: {failure.Message} " +
                    "Choose the queue type that it has, or delete it once it is empty; then start again.", failure);
            }
        }, cancellation);
    }

    public async Task Check(IReadOnlyCollection<string> receiving, CancellationToken cancellation)
    {
        await _checks.Pass(cancellation);
        foreach (var queue in receiving) await _checks.CheckQueue(queue, cancellation);
    }

    /// <remarks>What other processes have in hand, and what waits in the delay queues, the broker tells nobody in time.</remarks>
    public async Task<QueueLength> Length(string queue, CancellationToken cancellation) => new(await Waiting(queue, cancellation), await InHand(queue, cancellation), Delayed: 0);

    /// <summary>How many messages of a queue this process has.</summary>
    public async Task<long> InHand(string queue, CancellationToken cancellation)
    {
        var count = 0L;
        foreach (var (receiver, _) in _receivers.Where(one => one.Value == queue)) count += await receiver.CountInHand(cancellation);
        return count;
    }

    public Task<long> Waiting(string queue, CancellationToken cancellation) => Ask(queue, async channel => (long)(await channel.QueueDeclarePassiveAsync(queue, cancellation)).MessageCount, cancellation);

    public Task<IReadOnlyList<ReceivedMessage>> Peek(string queue, int most, CancellationToken cancellation) => Ask<IReadOnlyList<ReceivedMessage>>(queue, async channel =>
    {
        var messages = new List<ReceivedMessage>();
        while (messages.Count < most && await channel.BasicGetAsync(queue, autoAck: false, cancellation) is { } got)
        {
            var properties = got.BasicProperties;
            messages.Add(new ReceivedMessage(queue, properties.MessageId ?? "", IncomingProperties.HeadersOf(properties), got.Body.ToArray(), IncomingProperties.AttemptOf(properties, got.Redelivered), null));
        }
        if (messages.Count > 0) await channel.BasicNackAsync(0, multiple: true, requeue: true, cancellation);
        return messages;
    }, cancellation);

    public Task Purge(string queue, CancellationToken cancellation) => Ask(queue, channel => channel.QueuePurgeAsync(queue, cancellation), cancellation);

    public async Task Subscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation)
    {
        await Ask(queue, async channel =>
        {
            foreach (var type in events) await Settings.Topology.SetupSubscription(channel, new MessageMetadata(type), queue, cancellation);
            return true;
        }, cancellation);
    }

    public async Task Unsubscribe(string queue, IReadOnlyCollection<Type> events, CancellationToken cancellation)
    {
        foreach (var type in events)
        {
            try
            {
                await Use(async channel => await Settings.Topology.TeardownSubscription(channel, new MessageMetadata(type), queue, cancellation), cancellation);
            }
            catch (Exception failure) when (BrokerErrors.IsMissing(failure))
            {
                // What is not there sends nothing either.
            }
        }
    }

    public async Task Send(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
    {
        var known = await _departures.Prepare(operations, cancellation);
        if (known.Count == 0) return;
        var batch = new Batch(known.Count);
        await using var calledOff = batch.CallOffBy(cancellation);
        await _publisher.Publish(batch, _departures.Of(known, batch));
    }

    /// <summary>Sends a message on as it came.</summary>
    public async Task SendRaw(string address, Delivery delivery, CancellationToken cancellation)
    {
        var batch = new Batch(1);
        await using var calledOff = batch.CallOffBy(cancellation);
        await _publisher.Publish(batch, [new Departure.Raw(batch, address, delivery.Body, new BasicProperties(delivery.Properties))]);
    }

    public IReceiver Receive(string queue)
    {
        var receiver = new RabbitReceiver(this, queue);
        _receivers[receiver] = queue;
        return receiver;
    }

    public void Forget(RabbitReceiver receiver) => _receivers.TryRemove(receiver, out _);

    /// <summary>The id under which a message goes.</summary>
    public string IdOf(Delivery delivery)
    {
        var properties = delivery.Properties;
        if (Settings.MessageIdStrategy == IncomingProperties.MessageIdOf) return IncomingProperties.MessageIdOf(properties);
        var id = Settings.MessageIdStrategy(new BasicDeliverEventArgs(ConsumerTag, delivery.Tag, delivery.Redelivered, delivery.Exchange, delivery.RoutingKey, properties, delivery.Body));
        if (!string.IsNullOrEmpty(id)) return id;
        return IncomingProperties.HeadersOf(properties).GetValueOrDefault(Headers.MessageId) is { Length: > 0 } header ? header
            : throw new FormatException($"The endpoint's own MessageIdStrategy found no id, and the message has no header {Headers.MessageId} either.");
    }

    public static QueueNotFoundException Missing(string queue, Exception failure) =>
        new(queue, $"RabbitMQ has no queue '{queue}'. Start the endpoint of that name once with installers enabled, or mend the route.", failure);

    public async ValueTask DisposeAsync()
    {
        await _publisher.DisposeAsync();
        await _connection.DisposeAsync();
    }

    static int PrefetchOf(RabbitMQTransport settings, TransportContext context, ILogger logger)
    {
        var wanted = settings.PrefetchCountCalculation(context.Concurrency);
        if (wanted < context.Concurrency) LogTooFew(logger, wanted, context.EndpointName, context.Concurrency);
        return (int)Math.Clamp(wanted, context.Concurrency, ushort.MaxValue);
    }

    Task Use(Func<IChannel, Task> work, CancellationToken cancellation) => _connection.Use(async channel =>
    {
        await work(channel);
        return true;
    }, cancellation);

    async Task<T> Ask<T>(string queue, Func<IChannel, Task<T>> question, CancellationToken cancellation)
    {
        try
        {
            return await _connection.Use(question, cancellation);
        }
        catch (Exception failure) when (BrokerErrors.IsMissing(failure))
        {
            throw Missing(queue, failure);
        }
    }

    [LoggerMessage(LogLevel.Warning, "PrefetchCountCalculation gives {Wanted} for endpoint {Endpoint}, which handles {Concurrency} messages at a time: so many are handed out ahead")]
    static partial void LogTooFew(ILogger logger, long wanted, string endpoint, int concurrency);
}
