using System.Collections.Concurrent;
using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.RabbitMQ.Topology;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Transport;
using NServiceBus.Unicast.Queuing;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>Makes of what an endpoint sends what the publisher publishes, and sees beforehand to what that needs: on the publisher's channel a mistake would hit all others.</summary>
sealed class Departures(RabbitMQTransport settings, PublishConnection connection, TimeProvider time)
{
    /// <summary>NServiceBus binds before every delayed message. So often is enough where nothing but the deletion of an endpoint takes a binding away.</summary>
    static readonly TimeSpan BindsAgainAfter = TimeSpan.FromSeconds(5);

    readonly IKnownTopology? _known = settings.Topology as IKnownTopology;
    readonly ConcurrentDictionary<string, bool> _found = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<string, long> _bound = new(StringComparer.Ordinal);
    readonly ConcurrentDictionary<Type, bool> _prepared = new();

    /// <returns>What is to be published: all of it, but for receipts that nobody would receive.</returns>
    /// <exception cref="QueueNotFoundException">Nobody has one of the addresses; nothing of it is published.</exception>
    public async ValueTask<IReadOnlyList<OutgoingOperation>> Prepare(IReadOnlyList<OutgoingOperation> operations, CancellationToken cancellation)
    {
        List<OutgoingOperation>? left = null;
        for (var place = 0; place < operations.Count; place++)
        {
            var operation = operations[place];
            Check(operation);
            var isThere = operation.Target switch
            {
                Target.Queue { Address: var address } => (_found.ContainsKey(address) || await Find(operation, address, cancellation)) && (operation.DueAt is null || await Bind(operation, address, cancellation)),
                Target.Subscribers { Event: var type } => _prepared.ContainsKey(type) || await Prepare(type, cancellation),
                _ => true,
            };
            if (isThere) left?.Add(operation);
            else left ??= [.. operations.Take(place)];
        }
        return left ?? operations;
    }

    public IEnumerable<Departure> Of(IReadOnlyList<OutgoingOperation> operations, Batch batch)
    {
        for (var place = 0; place < operations.Count; place++)
        {
            var operation = operations[place];
            var seconds = operation.DueAt is { } due ? Seconds(due) : (int?)null;
            var letter = new Letter(operation, seconds, Customized(operation, seconds));
            yield return operation.Target switch
            {
                Target.Subscribers { Event: var type } => new Departure.Published(batch, type, letter),
                Target.Queue { Address: var address } when seconds is { } delay => Delayed(batch, delay, address, letter),
                Target.Queue { Address: var address } => new Departure.Sent(batch, address, letter, operation.MayGetLost),
                var target => throw new InvalidOperationException($"Message {operation.MessageId} goes to {target}, which RabbitMQ knows nothing of."),
            };
        }
    }

    BasicProperties? Customized(OutgoingOperation operation, int? seconds)
    {
        if (settings.OutgoingNativeMessageCustomization is not { } customize) return null;
        var properties = OutgoingProperties.Of(operation, seconds, new(StringComparer.Ordinal));
        customize(Public(operation, new OutgoingMessage(operation.MessageId, operation.Headers, operation.Body)), properties);
        return properties;
    }

    static Departure.Delayed Delayed(Batch batch, int seconds, string address, Letter letter)
    {
        var (exchange, key) = DelayInfrastructure.Way(seconds, address);
        return new Departure.Delayed(batch, exchange, key, address, letter);
    }

    static IOutgoingTransportOperation Public(OutgoingOperation operation, OutgoingMessage message) => operation.Target is Target.Queue { Address: var address }
        ? new UnicastTransportOperation(message, address, operation.Properties ?? [])
        : new MulticastTransportOperation(message, ((Target.Subscribers)operation.Target).Event, operation.Properties ?? []);

    void Check(OutgoingOperation operation)
    {
        if (operation.DueAt is not { } due) return;
        if (!settings.DelaysMessages)
            throw new InvalidOperationException($"Message {operation.MessageId} is to be delayed, and delayed delivery is switched off on this RabbitMQTransport. Switch it on in its constructor, or delay nothing; delayed retries too.");
        if (operation.ExpiresAfter is not null)
            throw new InvalidOperationException($"Message {operation.MessageId} is to be delayed and to expire, which RabbitMQ can't do at once. Leave one of the two away.");
        if (operation.Target is not Target.Queue)
            throw new InvalidOperationException($"Event {operation.MessageId} is to be delayed, and RabbitMQ delays only what has one address. Delay a message to the endpoint itself, and publish when it comes.");
        if (due - time.GetUtcNow() > TimeSpan.FromSeconds(DelayInfrastructure.MostSeconds))
            throw new InvalidOperationException($"Message {operation.MessageId} is to be delayed until {due:u}. RabbitMQ's delay queues hold messages for {DelayInfrastructure.MostSeconds} seconds at most; ask again before that.");
    }

    /// <summary>Rounded up to whole seconds: never early.</summary>
    int Seconds(DateTimeOffset due) => (int)Math.Clamp(Math.Ceiling((due - time.GetUtcNow()).TotalSeconds), 0, DelayInfrastructure.MostSeconds);

    async Task<bool> Find(OutgoingOperation operation, string address, CancellationToken cancellation)
    {
        if (_known is null) return true;
        try
        {
            await Use(channel => _known.Find(channel, address, cancellation), cancellation);
        }
        catch (Exception failure) when (BrokerErrors.IsMissing(failure))
        {
            return operation.MayGetLost ? false : throw RabbitQueues.Missing(address, failure);
        }
        return _found[address] = true;
    }

    async Task<bool> Bind(OutgoingOperation operation, string address, CancellationToken cancellation)
    {
        if (_bound.TryGetValue(address, out var at) && time.GetElapsedTime(at) < BindsAgainAfter) return true;
        var now = time.GetTimestamp();
        try
        {
            await Use(async channel => await settings.Topology.BindToDelayInfrastructure(channel, address, DelayInfrastructure.DeliveryExchange, DelayInfrastructure.BindingKey(address), cancellation), cancellation);
        }
        catch (Exception failure) when (BrokerErrors.IsMissing(failure))
        {
            // A message on its way to nobody would stand in the way of all others at the end of the delay queues.
            return operation.MayGetLost ? false : throw RabbitQueues.Missing(address, failure);
        }
        _bound[address] = now;
        return true;
    }

    async Task<bool> Prepare(Type type, CancellationToken cancellation)
    {
        if (_known is not null) await Use(channel => _known.Prepare(channel, type, cancellation), cancellation);
        return _prepared[type] = true;
    }

    Task<bool> Use(Func<IChannel, Task> work, CancellationToken cancellation) => connection.Use(async channel =>
    {
        await work(channel);
        return true;
    }, cancellation);
}
