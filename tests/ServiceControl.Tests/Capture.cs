using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dovetail.ServiceControl.Queues;

namespace Dovetail.ServiceControl.Tests;

/// <summary>Messages and answers as they were seen on the wire of the real platform.</summary>
static class Capture
{
    static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public static IReadOnlyList<RawMessage> Messages(string name) =>
    [
        .. JsonSerializer.Deserialize<List<Captured>>(Text(name), Web)!.Select(
            message => new RawMessage(message.NativeId, message.Headers, Encoding.UTF8.GetBytes(message.Body))),
    ];

    public static RawMessage Message(string name) => Messages(name).Single();

    public static JsonNode Answer(string name) => JsonNode.Parse(Text(name))!;

    public static RawMessage With(this RawMessage message, params (string Name, string? Value)[] headers)
    {
        var changed = message.Headers.ToDictionary();
        foreach (var (name, value) in headers)
        {
            if (value is null)
                changed.Remove(name);
            else
                changed[name] = value;
        }

        return message with { Headers = changed };
    }

    static string Text(string name)
    {
        using var reader = new StreamReader(typeof(Capture).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }

    sealed record Captured(string NativeId, Dictionary<string, string> Headers, string Body);
}
