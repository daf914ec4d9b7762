using System.Globalization;
using System.Text.Json;
using RabbitMQ.Client;

namespace Dovetail.Benchmarks;

/// <summary>A message as a client of the broker sees it.</summary>
sealed record RawMessage(BasicProperties Properties, byte[] Body)
{
    /// <summary>With the 17 headers that a command has of an endpoint which adds three of its own.</summary>
    public static RawMessage Of<T>(T message, string id, string conversation, string correlation)
    {
        var headers = new Dictionary<string, object?>(17, StringComparer.Ordinal)
        {
            ["NServiceBus.MessageId"] = id,
            ["NServiceBus.OpenTelemetry.StartNewTrace"] = "False",
            ["NServiceBus.MessageIntent"] = "Send",
            ["NServiceBus.ConversationId"] = conversation,
            ["NServiceBus.CorrelationId"] = correlation,
            ["NServiceBus.RelatedTo"] = correlation,
            ["NServiceBus.ReplyToAddress"] = "Bench",
            ["NServiceBus.OriginatingMachine"] = Environment.MachineName,
            ["NServiceBus.OriginatingEndpoint"] = "Bench",
            ["$.diagnostics.originating.hostid"] = "52b3d5b7f4c14c5f8d0c9e5b6d7a8f90",
            ["NServiceBus.ContentType"] = "application/json",
            ["NServiceBus.EnclosedMessageTypes"] = typeof(T).AssemblyQualifiedName,
            ["NServiceBus.Version"] = "10.2.8",
            ["NServiceBus.TimeSent"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss:ffffff Z", CultureInfo.InvariantCulture),
        };
        foreach (var (name, value) in Added) headers[name] = value;
        var properties = new BasicProperties
        {
            MessageId = id, CorrelationId = correlation, ReplyTo = "Bench", ContentType = "application/json", Type = typeof(T).FullName, DeliveryMode = DeliveryModes.Persistent, Headers = headers,
        };
        return new RawMessage(properties, JsonSerializer.SerializeToUtf8Bytes(message));
    }

    /// <summary>What a host adds to whatever it sends.</summary>
    public static IReadOnlyList<(string Name, string Value)> Added { get; } = [("tenant", "shop-17"), ("region", "eu-central"), ("build", "2026.11.22.4")];
}
