using System.Globalization;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Dovetail.Benchmarks;

/// <summary>The broker's own client and nothing else, as one would write it by hand: reads the message, sends the next with as many headers, waits for its confirmation, acknowledges.</summary>
sealed class BareClient(ConnectionFactory broker) : Contender
{
    // The client's own limiter slows down what has more than 64 publishes under way.
    static readonly CreateChannelOptions Confirmed = new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null);

    public override string Name => "RabbitMQ.Client";

    public override string Queue => "Bare";

    public override string Sink => "BareSink";

    public override RawMessage Incoming(BrokerWork work, int id) => RawMessage.Of((Noop)Work.Nothing(id), Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), Guid.NewGuid().ToString());

    public override async Task<IAsyncDisposable> Start(BrokerWork work, Load load)
    {
        var receiving = await broker.CreateConnectionAsync();
        var sending = await broker.CreateConnectionAsync();
        var publishing = await sending.CreateChannelAsync(Confirmed);
        var channel = await receiving.CreateChannelAsync(new CreateChannelOptions(false, false, null, (ushort)load.AtOnce));
        await channel.BasicQosAsync(0, (ushort)load.Ahead, global: false);
        var inHand = 0;
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            Interlocked.Increment(ref inHand);
            var message = JsonSerializer.Deserialize<Noop>(delivery.Body.Span)!;
            await Gate.Pass();
            if (work.Sends) await Publish(publishing, Sink, Next(message, delivery.BasicProperties));
            if (work.Audits) await Publish(publishing, "BareAudit", Copy(delivery));
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
            Interlocked.Decrement(ref inHand);
        };
        await channel.BasicConsumeAsync(Queue, autoAck: false, consumer);
        return new Opened(() => Volatile.Read(ref inHand) == 0, channel, receiving, sending);
    }

    public override async Task<(Func<int, Task> Send, IAsyncDisposable Running)> Sender()
    {
        var connection = await broker.CreateConnectionAsync();
        var channel = await connection.CreateChannelAsync(Confirmed);
        return (id => Publish(channel, Sink, Incoming(null!, id)), new Opened(static () => true, connection));
    }

    static Task Publish(IChannel channel, string queue, RawMessage message) => channel.BasicPublishAsync(queue, "", mandatory: true, message.Properties, message.Body).AsTask();

    static RawMessage Next(Noop message, IReadOnlyBasicProperties cause) =>
        RawMessage.Of(message, Guid.NewGuid().ToString(), Encoding.UTF8.GetString((byte[])cause.Headers!["NServiceBus.ConversationId"]!), cause.MessageId!);

    static RawMessage Copy(BasicDeliverEventArgs delivery)
    {
        var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss:ffffff Z", CultureInfo.InvariantCulture);
        var properties = new BasicProperties(delivery.BasicProperties)
        {
            Headers = new Dictionary<string, object?>(delivery.BasicProperties.Headers!)
            {
                ["NServiceBus.ProcessingStarted"] = now,
                ["NServiceBus.ProcessingEnded"] = now,
                ["$.diagnostics.hostid"] = "52b3d5b7f4c14c5f8d0c9e5b6d7a8f90",
                ["$.diagnostics.hostdisplayname"] = Environment.MachineName,
                ["NServiceBus.ProcessingMachine"] = Environment.MachineName,
                ["NServiceBus.ProcessingEndpoint"] = "Bare",
            },
        };
        return new RawMessage(properties, delivery.Body.ToArray());
    }

    sealed class Opened(Func<bool> isIdle, params IAsyncDisposable[] opened) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            while (!isIdle()) await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
            // The channel first: what the broker was told there last must not be overtaken by the connection's end.
            foreach (var one in opened) await one.DisposeAsync();
        }
    }
}
