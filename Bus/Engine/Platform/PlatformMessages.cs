using System.Text.Json;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Platform;

/// <summary>What an endpoint tells the platform about itself: with few headers, by the shortest way, and part of no conversation.</summary>
/// <remarks>Nobody's messages depend on it: where the platform has no queue, what was meant for it is lost, and nothing else happens.</remarks>
sealed class PlatformMessages(EndpointSettings settings, ITransport transport)
{
    public Task Send<T>(string queue, string type, T message, TimeSpan? worth, CancellationToken cancellation)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Headers.EnclosedMessageTypes] = type,
            [Headers.ContentType] = ContentTypes.Json,
            [Headers.MessageIntent] = nameof(MessageIntent.Send),
        };
        if (!settings.SendOnly) headers[Headers.ReplyToAddress] = transport.Address(settings.Queue);
        return transport.Send([Make(queue, headers, JsonSerializer.SerializeToUtf8Bytes(message), worth)], cancellation);
    }

    /// <summary>A message of a saga's change, for the batch of the message that changed it.</summary>
    public OutgoingOperation Make<T>(string queue, string type, T message) => Make(
        queue,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Headers.EnclosedMessageTypes] = type,
            [Headers.ContentType] = ContentTypes.Json,
            [Headers.ReplyToAddress] = transport.Address(settings.Queue),
            [Headers.MessageIntent] = nameof(MessageIntent.Send),
        },
        JsonSerializer.SerializeToUtf8Bytes(message));

    /// <summary>A message with exactly these headers.</summary>
    public OutgoingOperation Make(string queue, Dictionary<string, string> headers, ReadOnlyMemory<byte> body, TimeSpan? worth = null) =>
        new(Chance.NewGuid().ToString(), headers, body, new Target.Queue(transport.Address(queue)), ExpiresAfter: worth, MayGetLost: true);

    public Task Send(OutgoingOperation message, CancellationToken cancellation) => transport.Send([message], cancellation);
}
