using System.Text.Json;
using NServiceBus.Serialization;

namespace Dovetail.Bus.Messages;

/// <summary>Bodies as UTF-8 JSON without a byte order mark, PascalCase as declared.</summary>
sealed class JsonBodies(JsonSerializerOptions options, string contentType) : IMessageSerializer
{
    static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public string ContentType => contentType;

    public byte[] Serialize(object message) => JsonSerializer.SerializeToUtf8Bytes(message, message.GetType(), options);

    public object Deserialize(ReadOnlyMemory<byte> body, Type type)
    {
        var json = body.Span;
        if (json.StartsWith(ByteOrderMark)) json = json[ByteOrderMark.Length..];
        return JsonSerializer.Deserialize(json, type.IsInterface ? MessageProxies.Of(type) : type, options) ?? throw new JsonException($"The body is 'null' instead of a {type.Name}.");
    }
}
