using System.Text.Json.Nodes;
using NServiceBus;

namespace Dovetail.Hub.Reference;

/// <summary>The headers that a reader of messages needs; there are more, which he can ignore.</summary>
static class WireHeaders
{
    public const string Name = "MessageHeaders";
    public const string Conversation = Headers.ConversationId;
    public const string ReplyTo = Headers.ReplyToAddress;

    static readonly (string Name, string Meaning)[] Always =
    [
        (Headers.MessageId, "Stays the same however often the message is delivered."),
        (Headers.EnclosedMessageTypes, "Names of the message's type with its assembly, and of its base types, joined by semicolons."),
        (Headers.ContentType, "How the body is written: application/json."),
        (Headers.MessageIntent, "Send, Publish or Reply."),
        (Headers.ConversationId, "The same in every message that follows from one request."),
        (Headers.CorrelationId, "A reply has that of the message it answers."),
        (Headers.OriginatingEndpoint, "The endpoint that sent it."),
        (Headers.ReplyToAddress, "The queue that replies go to."),
        (Headers.TimeSent, "UTC, as yyyy-MM-dd HH:mm:ss:ffffff Z."),
    ];

    static readonly (string Name, string Meaning)[] Sometimes =
    [
        (Headers.RelatedTo, "The message in whose handling it was sent."),
        (Headers.SagaId, "On a reply: the saga that waits for it. It was taken over from the message that is answered."),
        (Headers.DiagnosticsTraceParent, "W3C trace context."),
    ];

    public static JsonObject Schema() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray([.. Always.Select(header => JsonValue.Create(header.Name))]),
        ["properties"] = new JsonObject(Always.Concat(Sometimes).Select(header =>
            KeyValuePair.Create(header.Name, (JsonNode?)new JsonObject { ["description"] = header.Meaning, ["type"] = "string" }))),
    };
}
