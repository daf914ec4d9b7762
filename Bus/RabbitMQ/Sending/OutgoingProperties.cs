using System.Globalization;
using Dovetail.Bus.Transport;
using RabbitMQ.Client;
using Headers = NServiceBus.Headers;

namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>A message's headers as AMQP has them: all of them as strings, some once more as native properties.</summary>
static class OutgoingProperties
{
    /// <summary>Says nothing of what the body is.</summary>
    public const string OfAnyType = "application/octet-stream";

    /// <param name="headers">Empty; they become those of the message.</param>
    public static BasicProperties Of(OutgoingOperation operation, int? delayInSeconds, Dictionary<string, object?> headers)
    {
        headers.EnsureCapacity(operation.Headers.Count + 1);
        foreach (var (name, value) in operation.Headers) headers[name] = value;
        var persistent = !headers.Remove(NativeHeaders.NonPersistent);
        var properties = new BasicProperties
        {
            MessageId = operation.MessageId,
            DeliveryMode = persistent ? DeliveryModes.Persistent : DeliveryModes.Transient,
            ContentType = operation.Headers.GetValueOrDefault(Headers.ContentType) ?? OfAnyType,
            Headers = headers,
        };
        if (operation.Headers.GetValueOrDefault(Headers.CorrelationId) is { } correlation) properties.CorrelationId = correlation;
        if (operation.Headers.GetValueOrDefault(Headers.ReplyToAddress) is { } replyTo) properties.ReplyTo = replyTo;
        if (operation.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) is { } types) properties.Type = FirstName(types);
        if (operation.ExpiresAfter is { } worth) properties.Expiration = ((long)worth.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if (delayInSeconds is { } delay) headers[NativeHeaders.DelayInSeconds] = delay;
        return properties;
    }

    static string FirstName(string types) => types.IndexOf(',', StringComparison.Ordinal) is >= 0 and var end ? types[..end] : types;
}
