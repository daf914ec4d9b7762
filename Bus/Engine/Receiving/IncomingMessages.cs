using Dovetail.Bus.Messages;
using NServiceBus;
using NServiceBus.Serialization;

namespace Dovetail.Bus.Receiving;

/// <summary>Reads bodies into messages.</summary>
sealed class IncomingMessages(MessageTypes types, IMessageSerializer main, IReadOnlyList<IMessageSerializer> others)
{
    /// <summary>The messages that a body holds: one as a rule; none for a message that steers the bus itself.</summary>
    /// <exception cref="MessageDeserializationException">The body can't be read as any type that is known here.</exception>
    public IReadOnlyList<object> Read(Dictionary<string, string> headers, ReadOnlyMemory<byte> body, string messageId)
    {
        if (body.IsEmpty || string.Equals(headers.GetValueOrDefault(Headers.ControlMessageHeader), bool.TrueString, StringComparison.OrdinalIgnoreCase)) return [];

        var known = headers.TryGetValue(Headers.EnclosedMessageTypes, out var enclosed) ? types.Resolve(enclosed) : [];
        if (known.Count == 0)
        {
            throw new MessageDeserializationException(
                $"Message {messageId} is of type '{enclosed ?? "unknown"}', which is no message here. Add its contract to this endpoint, or send it to the endpoint that handles it.");
        }

        var serializer = headers.TryGetValue(Headers.ContentType, out var contentType) ? Of(contentType) : main;
        var messages = new List<object>(1);
        try
        {
            Type? root = null;
            for (var place = 0; place < known.Count; place++)
            {
                var type = known[place];
                // A further type is a message of its own only if it is no parent of the one before.
                if (root is not null && type.IsAssignableFrom(root)) continue;
                messages.Add(serializer.Deserialize(body, type));
                root = type;
            }
        }
        catch (Exception failure)
        {
            throw new MessageDeserializationException(messageId, failure);
        }
        headers[Headers.ContentType] = serializer.ContentType;
        return messages;
    }

    IMessageSerializer Of(string contentType)
    {
        foreach (var other in others)
        {
            if (other.ContentType == contentType) return other;
        }
        return main;
    }

    /// <summary>Whether what was read of a body is a copy, for sure.</summary>
    public bool KeepsNoBody => main is JsonBodies && others.Count == 0;

    /// <summary>Whether reading a message leaves its headers as they are.</summary>
    public bool LeavesAsIs(Dictionary<string, string> headers) => headers.TryGetValue(Headers.ContentType, out var contentType) && contentType == main.ContentType && others.Count == 0;
}
