using System.Globalization;
using System.Text;
using System.Text.Json;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Transport;
using NServiceBus.DelayedDelivery;
using NServiceBus.Performance.TimeToBeReceived;
using NServiceBus.Transport;

namespace Dovetail.Bus.Sql;

/// <summary>What a commit sends, as it lies in the outbox until it is dispatched: the form of NServiceBus.Persistence.Sql.</summary>
static class OperationsJson
{
    const string Destination = "Destination";
    const string EventType = "EventType";

    // Ours, beside theirs: they know neither fractions of a microsecond nor messages that may get lost.
    const string DueAt = "Dovetail.DueAt";
    const string MayGetLost = "Dovetail.MayGetLost";

    public static string Write(IReadOnlyList<OutgoingOperation> operations)
    {
        if (operations.Count == 0) return "[]";
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var operation in operations) Write(json, operation);
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <exception cref="InvalidOperationException">It can't be read, or names a type that is not here.</exception>
    public static IReadOnlyList<OutgoingOperation> Read(string text, DateTimeOffset now)
    {
        using var json = JsonDocument.Parse(text);
        return [.. json.RootElement.EnumerateArray().Select(operation => Read(operation, now))];
    }

    static void Write(Utf8JsonWriter json, OutgoingOperation operation)
    {
        json.WriteStartObject();
        json.WriteString("MessageId", operation.MessageId);
        json.WriteStartObject("Headers");
        foreach (var (name, value) in operation.Headers) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteBase64String("Body", operation.Body.Span);
        json.WriteStartObject("Options");
        foreach (var (name, value) in Options(operation)) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    static DispatchProperties Options(OutgoingOperation operation)
    {
        var options = operation.Properties is { } properties ? new DispatchProperties(properties) : [];
        if (operation.Target is Target.Queue { Address: var address }) options[Destination] = address;
        else options[EventType] = ((Target.Subscribers)operation.Target).Event.AssemblyQualifiedName!;
        if (operation.DueAt is { } due)
        {
            options.DoNotDeliverBefore = new DoNotDeliverBefore(due);
            if (due.Ticks % TimeSpan.TicksPerMicrosecond != 0) options[DueAt] = due.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        }
        if (operation.ExpiresAfter is { } worth) options.DiscardIfNotReceivedBefore = new DiscardIfNotReceivedBefore(worth);
        if (operation.MayGetLost) options[MayGetLost] = bool.TrueString;
        return options;
    }

    static OutgoingOperation Read(JsonElement operation, DateTimeOffset now)
    {
        var options = new DispatchProperties(Strings(operation.GetProperty("Options")));
        var target = TargetOf(options);
        var due = options.Remove(DueAt, out var exact) ? DateTimeOffset.ParseExact(exact, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            : options.DoNotDeliverBefore?.At ?? now + options.DelayDeliveryWith?.Delay;
        var worth = options.DiscardIfNotReceivedBefore?.MaxTime;
        var mayGetLost = options.Remove(MayGetLost);
        return new OutgoingOperation(
            operation.GetProperty("MessageId").GetString()!, Strings(operation.GetProperty("Headers")), operation.GetProperty("Body").GetBytesFromBase64(), target, due, worth, mayGetLost, options.Custom());
    }

    static Target TargetOf(DispatchProperties options)
    {
        if (options.Remove(Destination, out var address)) return new Target.Queue(address);
        if (!options.Remove(EventType, out var name)) throw new InvalidOperationException("A message in the outbox has neither a destination nor an event's type. Whoever wrote it must dispatch it.");
        return new Target.Subscribers(MessageTypes.TryLoad(name)
            ?? throw new InvalidOperationException($"The event type '{name}' of a message in the outbox can't be loaded, so its subscribers are not known. Deploy the assembly that has it; the message is sent then."));
    }

    static Dictionary<string, string> Strings(JsonElement properties) =>
        properties.EnumerateObject().ToDictionary(property => property.Name, property => property.Value.GetString() ?? "", StringComparer.Ordinal);
}
