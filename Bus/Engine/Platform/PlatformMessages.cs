using System.Text.Json;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Platform;

/// <summary>What an endpoint tells the platform about itself: with few headers, by the shortest way, and part of no conversation.</summary>
sealed class PlatformMessages(EndpointSettings settings, ITransport transport)
{
    public Task Send<T>(string queue, string type, T message, TimeSpan? worth, CancellationToken cancellation)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Headers.EnclosedMessageTypes] = type,
            [Headers.ContentType] = "application/json",
            [Headers.MessageIntent] = nameof(MessageIntent.Send),
        };
        if (!settings.SendOnly) headers[Headers.ReplyToAddress] = transport.Address(settings.Queue);
        return transport.Send(
            [new OutgoingOperation(Chance.NewGuid().ToString(), headers, JsonSerializer.SerializeToUtf8Bytes(message), new Target.Queue(transport.Address(queue)), ExpiresAfter: worth)], cancellation);
    }
}
