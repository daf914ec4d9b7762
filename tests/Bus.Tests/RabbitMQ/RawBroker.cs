using System.Globalization;
using System.Text;
using RabbitMQ.Client;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>A message as it is on the wire.</summary>
/// <param name="Properties">Those that are set, by their names in AMQP.</param>
/// <param name="Headers">Long strings as text, everything else with its type.</param>
sealed record RawMessage(string RoutingKey, IReadOnlyDictionary<string, string> Properties, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>The broker as somebody sees it who knows nothing of NServiceBus.</summary>
sealed class RawBroker(IConnection connection, IChannel channel) : IAsyncDisposable
{
    public IChannel Channel => channel;

    public static async Task<RawBroker> Connect(string virtualHost, CancellationToken cancellation)
    {
        var connection = await new ConnectionFactory { Uri = VirtualHosts.Broker(virtualHost) }.CreateConnectionAsync(cancellation);
        return new RawBroker(connection, await connection.CreateChannelAsync(cancellationToken: cancellation));
    }

    /// <summary>Has a copy of whatever goes through an exchange come into a queue of its own.</summary>
    /// <returns>The queue.</returns>
    public async Task<string> Tap(string exchange, CancellationToken cancellation, string routingKey = "#")
    {
        var queue = (await channel.QueueDeclareAsync($"tap {Guid.NewGuid()}", durable: false, exclusive: false, autoDelete: false, cancellationToken: cancellation)).QueueName;
        await channel.QueueBindAsync(queue, exchange, routingKey, cancellationToken: cancellation);
        return queue;
    }

    /// <summary>The next message of a queue, which is then gone.</summary>
    public async Task<RawMessage> Next(string queue, CancellationToken cancellation)
    {
        var got = await Get(queue, cancellation);
        return new RawMessage(got.RoutingKey, PropertiesOf(got.BasicProperties), HeadersOf(got.BasicProperties.Headers), got.Body.ToArray());
    }

    /// <summary>The same as the client library has it; it is gone once it is acknowledged.</summary>
    public async Task<BasicGetResult> Get(string queue, CancellationToken cancellation, bool autoAck = true)
    {
        while (true)
        {
            if (await channel.BasicGetAsync(queue, autoAck, cancellation) is { } got) return got;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, cancellation);
        }
    }

    public async Task Publish(string exchange, BasicProperties properties, string body, CancellationToken cancellation) =>
        await channel.BasicPublishAsync(exchange, "", mandatory: false, properties, Encoding.UTF8.GetBytes(body), cancellation);

    /// <summary>In the form of <see cref="RawMessage.Headers" />.</summary>
    public static Dictionary<string, string> HeadersOf(IDictionary<string, object?>? headers) =>
        (headers ?? new Dictionary<string, object?>()).ToDictionary(header => header.Key, header => header.Value is byte[] text ? Encoding.UTF8.GetString(text) : $"<{Typed(header.Value)}>");

    public async ValueTask DisposeAsync()
    {
        await channel.DisposeAsync();
        await connection.DisposeAsync();
    }

    static Dictionary<string, string> PropertiesOf(IReadOnlyBasicProperties properties)
    {
        var set = new Dictionary<string, string>();
        Note("type", properties.IsTypePresent(), properties.Type);
        Note("message_id", properties.IsMessageIdPresent(), properties.MessageId);
        Note("reply_to", properties.IsReplyToPresent(), properties.ReplyTo);
        Note("correlation_id", properties.IsCorrelationIdPresent(), properties.CorrelationId);
        Note("delivery_mode", properties.IsDeliveryModePresent(), ((int)properties.DeliveryMode).ToString(CultureInfo.InvariantCulture));
        Note("content_type", properties.IsContentTypePresent(), properties.ContentType);
        Note("expiration", properties.IsExpirationPresent(), properties.Expiration);
        Note("priority", properties.IsPriorityPresent(), "set");
        Note("timestamp", properties.IsTimestampPresent(), "set");
        Note("app_id", properties.IsAppIdPresent(), properties.AppId);
        Note("user_id", properties.IsUserIdPresent(), properties.UserId);
        Note("content_encoding", properties.IsContentEncodingPresent(), properties.ContentEncoding);
        return set;

        void Note(string name, bool isPresent, string? value)
        {
            if (isPresent) set.Add(name, value!);
        }
    }

    static string Typed(object? value) => value switch
    {
        byte[] text => $"longstr:{Encoding.UTF8.GetString(text)}",
        int number => $"int32:{number}",
        long number => $"int64:{number}",
        AmqpTimestamp time => $"timestamp:{time.UnixTime}",
        IList<object?> list => $"[{string.Join(", ", list.Select(Quoted))}]",
        IDictionary<string, object?> table => $"{{{string.Join(", ", table.Select(field => $"\"{field.Key}\": {Quoted(field.Value)}"))}}}",
        _ => $"{value?.GetType().Name}",
    };

    static string Quoted(object? value) => value is IList<object?> or IDictionary<string, object?> ? Typed(value) : $"\"{Typed(value)}\"";
}
