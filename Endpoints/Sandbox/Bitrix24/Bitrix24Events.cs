using System.Globalization;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>Offline events: what changed is noted, one record an object, and stays until the application has taken it.</summary>
/// <remarks>
/// Who takes records without clearing them reserves them under a process id: they are hidden until they are cleared by it. What happens to the object
/// meanwhile makes a new record. A change that was made with the <c>auth_connector</c> of a queue is not noted there.
/// </remarks>
sealed class Bitrix24Events(SandboxLedger ledger, TimeProvider time)
{
    const string Queue = "bitrix24-offline-events";
    const string Bindings = "bitrix24-bindings";
    const int MostAtOnce = 50;

    static readonly string[] Known = ["ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE", "ONCRMCONTACTADD", "ONCRMCONTACTUPDATE", "ONCRMCONTACTDELETE"];
    static readonly string[] Public = ["ID", "TIMESTAMP_X", "EVENT_NAME", "EVENT_DATA", "EVENT_ADDITIONAL", "MESSAGE_ID"];

    readonly Lock _gate = new();
    readonly HashSet<(string Event, string Connector)> _bound =
        [.. ledger.All<Bitrix24Binding>(Bindings).Where(binding => binding.IsBound).Select(binding => (binding.Event, binding.Connector))];
    readonly SortedDictionary<int, JsonObject> _records = new(
        ledger.All<JsonObject>(Queue).Where(record => Text(record, "CLEARED") != "Y").ToDictionary(record => int.Parse(Text(record, "ID"), CultureInfo.InvariantCulture)));
    int _lastId = ledger.All<JsonObject>(Queue).Select(record => int.Parse(Text(record, "ID"), CultureInfo.InvariantCulture)).DefaultIfEmpty().Max();

    /// <param name="connector">Whose change it was, if he said so.</param>
    public void Happened(string name, int id, string connector)
    {
        lock (_gate)
        {
            foreach (var (_, queue) in _bound.Where(binding => binding.Event == name && (binding.Connector == "" || binding.Connector != connector)))
            {
                var message = $"{name}-{id}";
                var record = _records.Values.FirstOrDefault(known => Text(known, "MESSAGE_ID") == message && Text(known, "CONNECTOR_ID") == queue && Text(known, "PROCESS_ID") == "")
                    ?? new JsonObject
                    {
                        ["ID"] = $"{++_lastId}", ["EVENT_NAME"] = name, ["EVENT_DATA"] = new JsonObject { ["FIELDS"] = new JsonObject { ["ID"] = $"{id}" } },
                        ["EVENT_ADDITIONAL"] = false, ["MESSAGE_ID"] = message, ["CONNECTOR_ID"] = queue, ["PROCESS_ID"] = "",
                    };
                Write(record, ("TIMESTAMP_X", time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)), ("ERROR", "0"));
            }
        }
    }

    public (int Status, JsonNode? Result, string Error) Bind(JsonObject parameters)
    {
        var binding = new Bitrix24Binding(Text(parameters, "event").ToUpperInvariant(), Text(parameters, "auth_connector"), IsBound: true);
        if (!Known.Contains(binding.Event))
            return (400, "ERROR_EVENT_NOT_FOUND", "Event not found");
        if (Text(parameters, "event_type") != "offline")
            return (400, "ERROR_CORE", "Unable to set event handler: the stand-in knows offline events only");
        lock (_gate)
        {
            if (!_bound.Add((binding.Event, binding.Connector)))
                return (400, "ERROR_CORE", "Unable to set event handler: Handler already binded");
            ledger.Save(Bindings, $"{binding.Event} {binding.Connector}", binding);
            return (200, true, "");
        }
    }

    public JsonNode Unbind(JsonObject parameters)
    {
        var binding = new Bitrix24Binding(Text(parameters, "event").ToUpperInvariant(), Text(parameters, "auth_connector"), IsBound: false);
        lock (_gate)
        {
            var bound = _bound.Remove((binding.Event, binding.Connector));
            if (bound)
                ledger.Save(Bindings, $"{binding.Event} {binding.Connector}", binding);
            return new JsonObject { ["count"] = bound ? 1 : 0 };
        }
    }

    public JsonArray Bound()
    {
        lock (_gate)
            return new([.. _bound.Select(binding => new JsonObject { ["event"] = binding.Event, ["connector_id"] = binding.Connector, ["offline"] = 1 })]);
    }

    public JsonNode Take(JsonObject parameters)
    {
        var (queue, process) = (Text(parameters, "auth_connector"), Text(parameters, "process_id"));
        var clears = Text(parameters, "clear") is not ("0" or "N");
        var limit = parameters.ContainsKey("limit") ? (int)Bitrix24Entities.Number(Text(parameters, "limit")) : MostAtOnce;
        lock (_gate)
        {
            var waiting = _records.Values.Where(record =>
                Text(record, "CONNECTOR_ID") == queue && Text(record, "PROCESS_ID") == process && Text(record, "ERROR") == (Text(parameters, "error") == "1" ? "1" : "0"));
            var wanted = new JsonObject { ["filter"] = parameters["filter"]?.DeepClone(), ["order"] = parameters["order"]?.DeepClone() ?? new JsonObject { ["TIMESTAMP_X"] = "ASC" } };
            var taken = Bitrix24List.Of(waiting, wanted).Page.Take(Math.Clamp(limit, 1, MostAtOnce)).Select(record => _records[Id(record!)]).ToList();
            var reserved = process != "" ? process : Guid.NewGuid().ToString("N");
            foreach (var record in taken)
                Write(record, clears ? ("CLEARED", "Y") : ("PROCESS_ID", reserved));
            return new JsonObject { ["process_id"] = clears ? null : reserved, ["events"] = new JsonArray([.. taken.Select(record => Shown(record, Public))]) };
        }
    }

    /// <summary>All that is there, reserved or not.</summary>
    public (JsonArray Page, int Total, int? Next) List(JsonObject parameters)
    {
        lock (_gate)
            return Bitrix24List.Of(_records.Values.Select(record => Shown(record, [.. Public, "PROCESS_ID", "ERROR"])), WithAll(parameters));
    }

    /// <summary>Ends what was reserved, all of it or some; or keeps it as what could not be handled.</summary>
    public (int Status, JsonNode? Result, string Error) End(JsonObject parameters, bool failed)
    {
        if (Text(parameters, "process_id") is not { Length: > 0 } process)
            return (400, "ERROR_ARGUMENT", "Argument 'process_id' is null or empty");
        lock (_gate)
        {
            var ids = Texts(parameters["id"]);
            var messages = Texts(parameters["message_id"]);
            foreach (var record in _records.Values.Where(record => Text(record, "PROCESS_ID") == process).ToList())
            {
                if (ids.Count > 0 ? !ids.Contains(Text(record, "ID")) : messages.Count > 0 && !messages.Contains(Text(record, "MESSAGE_ID")))
                    continue;
                Write(record, failed ? [("ERROR", "1"), ("PROCESS_ID", "")] : [("CLEARED", "Y")]);
            }

            return (200, true, "");
        }
    }

    void Write(JsonObject record, params ReadOnlySpan<(string Name, string Value)> changes)
    {
        var changed = (JsonObject)record.DeepClone();
        foreach (var (name, value) in changes)
            changed[name] = value;
        if (Text(changed, "CLEARED") == "Y")
            _records.Remove(Id(changed));
        else
            _records[Id(changed)] = changed;
        ledger.Save(Queue, Text(changed, "ID"), changed);
    }

    static JsonObject WithAll(JsonObject parameters)
    {
        var wanted = (JsonObject)parameters.DeepClone();
        wanted["select"] = new JsonArray("*");
        return wanted;
    }

    static JsonObject Shown(JsonObject record, string[] names) => new(names.Select(name => KeyValuePair.Create(name, record[name]?.DeepClone())));

    static HashSet<string> Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(Bitrix24Entities.Text)];

    static int Id(JsonNode record) => int.Parse(Text((JsonObject)record, "ID"), CultureInfo.InvariantCulture);

    static string Text(JsonObject parameters, string name) => Bitrix24Entities.Text(parameters[name]);
}

/// <summary>An event that the application wants noted in one of its queues.</summary>
sealed record Bitrix24Binding(string Event, string Connector, bool IsBound);
