using System.Collections;
using System.Globalization;
using System.Text;
using Dovetail.Bus.Messages;
using Dovetail.Bus.RabbitMQ.Sending;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Headers = NServiceBus.Headers;

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>Headers out of what AMQP brought, from NServiceBus or from anybody else.</summary>
static class IncomingProperties
{
    /// <summary>The property message-id.</summary>
    public static string MessageIdOf(BasicDeliverEventArgs delivery) => MessageIdOf(delivery.BasicProperties);

    public static string MessageIdOf(IReadOnlyBasicProperties properties) => properties.MessageId is { Length: > 0 } id ? id
        : throw new FormatException("The message has no property message-id. Mend its sender, or set MessageIdStrategy on RabbitMQTransport.");

    /// <param name="known">What the messages before had in common; null to remember nothing.</param>
    public static Dictionary<string, string> HeadersOf(IReadOnlyBasicProperties properties, KnownHeaders? known = null)
    {
        var native = properties.Headers;
        var headers = new Dictionary<string, string>((native?.Count ?? 0) + 4, StringComparer.Ordinal);
        if (native is not null)
        {
            var place = 0;
            foreach (var (name, value) in native)
            {
                if (known is not null && value is byte[] bytes) known.Add(headers, place, name, bytes, properties);
                else if (!NativeHeaders.OfTheWay.Contains(name)) headers[name] = Text(value);
                place++;
            }
        }
        if (properties.ReplyTo is { Length: > 0 } replyTo) headers[Headers.ReplyToAddress] = replyTo;
        if (properties.CorrelationId is { Length: > 0 } correlation) headers[Headers.CorrelationId] = correlation;
        if (properties.ContentType is { Length: > 0 } content && content != OutgoingProperties.OfAnyType) headers[Headers.ContentType] = content;
        if (properties.IsDeliveryModePresent() && properties.DeliveryMode == DeliveryModes.Transient) headers[NativeHeaders.NonPersistent] = bool.TrueString;
        if (properties.Type is { Length: > 0 } type) headers.TryAdd(Headers.EnclosedMessageTypes, type);
        if (native is not null && native.TryGetValue(NativeHeaders.CallbackQueue, out var callback)) headers[Headers.ReplyToAddress] = Text(callback);
        return headers;
    }

    /// <summary>How often the broker took the message back before; the classic queue says only whether it did.</summary>
    public static int AttemptOf(IReadOnlyBasicProperties properties, bool redelivered) => !redelivered ? 1
        : properties.Headers is { } headers && headers.TryGetValue(NativeHeaders.DeliveryCount, out var count) && count is not null ? 1 + (int)Math.Min(1_000_000, Convert.ToInt64(count, CultureInfo.InvariantCulture))
        : 2;

    static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        AmqpTimestamp time => WireTime.Write(DateTimeOffset.FromUnixTimeSeconds(time.UnixTime)),
        IDictionary<string, object?> table => string.Join(',', table.Select(entry => $"{entry.Key}={Text(entry.Value)}")),
        IEnumerable list => string.Join(';', list.Cast<object?>().Select(Text)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
