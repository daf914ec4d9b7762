using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dovetail.Hub.Reference;

/// <summary>All messages of the hub as an AsyncAPI 3 document: what each means and carries, who sends it, who gets it.</summary>
static class ContractsDocument
{
    const string Introduction =
        "Every message that the endpoints of Dovetail exchange, as it is on the wire. Each endpoint has a queue of its name; an event has a topic of its own, from which each subscriber has its copy. " +
        "Members are written as declared; further ones may follow at any time, so readers ignore what they do not know. What is not required here may be missing in messages of an older sender.";

    static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The same text for the same contracts, on every machine.</summary>
    public static string Write() => Build().ToJsonString(Readable) + "\n";

    static JsonObject Build()
    {
        var comments = CodeComments.Of(typeof(Contracts.Money).Assembly);
        var schemas = new WireSchemas(comments);
        var stories = MessageStory.All(comments);
        return new()
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Messages of Dovetail", ["version"] = "1.0.0", ["description"] = Introduction },
            ["defaultContentType"] = "application/json",
            ["channels"] = Object(stories.Where(story => story.Kind is not MessageKind.Event).SelectMany(story => story.Receivers.Select(queue => (Queue: queue, Story: story)))
                .GroupBy(received => received.Queue, received => received.Story)
                .Select(queue => (queue.Key, Channel(queue.Key, $"The queue of the endpoint {queue.Key}.", [.. queue])))
                .Concat(stories.Where(story => story.Kind is MessageKind.Event)
                    .Select(story => (story.Type.Name, Channel(story.Type.FullName!, $"The topic of {story.Type.Name}: every subscribed endpoint gets a copy into its queue.", [story]))))),
            ["operations"] = Object(stories.SelectMany(story => Sent(story).Concat(Received(story, [.. stories.Where(reply => reply.RepliesTo.Contains(story.Type.Name))])))),
            ["components"] = new JsonObject
            {
                ["messages"] = Object(stories.Select(story => (story.Type.Name, Message(story, schemas)))),
                ["schemas"] = Schemas(schemas),
            },
        };
    }

    static JsonObject Channel(string address, string description, IReadOnlyList<MessageStory> messages) => new()
    {
        ["address"] = address,
        ["description"] = description,
        ["messages"] = Object(messages.Select(story => (story.Type.Name, Reference($"#/components/messages/{story.Type.Name}")))),
    };

    static JsonObject Message(MessageStory story, WireSchemas schemas)
    {
        var message = new JsonObject { ["name"] = story.Type.FullName, ["title"] = story.Type.Name, ["summary"] = story.Meaning };
        if (story.Remark is not null) message["description"] = story.Remark;
        message["tags"] = new JsonArray(Tag(story.Kind switch { MessageKind.Command => "command", MessageKind.Event => "event", _ => "reply" }));
        message["headers"] = Reference($"{WireSchemas.Place}{WireHeaders.Name}");
        message["correlationId"] = new JsonObject { ["description"] = "The same in every message that follows from one request.", ["location"] = $"$message.header#/{WireHeaders.Conversation}" };
        message["payload"] = schemas.Reference(story.Type);
        return message;
    }

    static IEnumerable<(string, JsonObject)> Sent(MessageStory story) =>
        from sender in story.Senders
        from channel in Channels(story)
        select ($"{sender}-{(story.Kind is MessageKind.Event ? "publishes" : "sends")}-{story.Type.Name}{(story.Kind is MessageKind.Event ? "" : $"-to-{channel}")}", Operation("send", sender, channel, story));

    static IEnumerable<(string, JsonObject)> Received(MessageStory story, IReadOnlyList<MessageStory> replies)
    {
        foreach (var receiver in story.Receivers)
        {
            var operation = Operation("receive", receiver, story.Kind is MessageKind.Event ? story.Type.Name : receiver, story);
            if (replies.Count > 0)
            {
                operation["reply"] = new JsonObject
                {
                    ["address"] = new JsonObject { ["location"] = $"$message.header#/{WireHeaders.ReplyTo}" },
                    ["channel"] = Reference($"#/channels/{story.Senders[0]}"),
                    ["messages"] = new JsonArray([.. replies.Select(reply => Reference($"#/channels/{story.Senders[0]}/messages/{reply.Type.Name}"))]),
                };
            }
            yield return ($"{receiver}-receives-{story.Type.Name}", operation);
        }
    }

    static IEnumerable<string> Channels(MessageStory story) => story.Kind is MessageKind.Event ? [story.Type.Name] : story.Receivers;

    static JsonObject Operation(string action, string endpoint, string channel, MessageStory story) => new()
    {
        ["action"] = action,
        ["channel"] = Reference($"#/channels/{channel}"),
        ["tags"] = new JsonArray(Tag(endpoint)),
        ["messages"] = new JsonArray(Reference($"#/channels/{channel}/messages/{story.Type.Name}")),
    };

    static JsonObject Schemas(WireSchemas schemas)
    {
        var all = schemas.All;
        all[WireHeaders.Name] = WireHeaders.Schema();
        return all;
    }

    static JsonObject Tag(string name) => new() { ["name"] = name };

    static JsonObject Reference(string to) => new() { ["$ref"] = to };

    static JsonObject Object(IEnumerable<(string Name, JsonObject Value)> members) =>
        new(members.OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Value)));
}
