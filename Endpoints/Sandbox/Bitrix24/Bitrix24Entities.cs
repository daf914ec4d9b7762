using System.Globalization;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>All contacts, or all deals. Values are kept and come back as strings, whatever they were sent as.</summary>
sealed class Bitrix24Entities(string system, SandboxLedger ledger, TimeProvider time)
{
    readonly Lock _gate = new();
    readonly SortedDictionary<int, JsonObject> _entities = new(
        ledger.All<JsonObject>(system).ToDictionary(entity => int.Parse((string)entity["ID"]!, CultureInfo.InvariantCulture)));

    public int Add(JsonObject defaults, JsonObject fields)
    {
        lock (_gate)
        {
            var id = _entities.Count == 0 ? 1 : _entities.Last().Key + 1;
            var entity = new JsonObject { ["ID"] = $"{id}" };
            foreach (var (name, value) in defaults)
                entity[name] = value?.DeepClone();
            entity["DATE_CREATE"] = Instant();
            Write(id, entity, fields);
            return id;
        }
    }

    public bool Update(int id, JsonObject fields)
    {
        lock (_gate)
        {
            if (!_entities.TryGetValue(id, out var entity))
                return false;
            Write(id, (JsonObject)entity.DeepClone(), fields);
            return true;
        }
    }

    public JsonObject? Find(int id)
    {
        lock (_gate)
            return _entities.GetValueOrDefault(id);
    }

    /// <summary>A snapshot: what is in it is replaced on every change, never altered.</summary>
    public IReadOnlyList<JsonObject> All()
    {
        lock (_gate)
            return [.. _entities.Values];
    }

    void Write(int id, JsonObject entity, JsonObject fields)
    {
        foreach (var (name, value) in fields)
        {
            entity[name] = name switch
            {
                "OPPORTUNITY" => Number(Text(value)).ToString("F2", CultureInfo.InvariantCulture),
                "PHONE" or "EMAIL" => Communications(name, value),
                _ when value is JsonArray list => new JsonArray([.. list.Select(item => (JsonNode?)Text(item))]),
                _ => Text(value),
            };
        }

        if (fields["CONTACT_IDS"] is JsonArray { Count: > 0 } contacts)
            entity["CONTACT_ID"] = Text(contacts[0]);
        if ((string?)entity["STAGE_ID"] is { } stage)
        {
            var semantics = Semantics(stage);
            entity["STAGE_SEMANTIC_ID"] = semantics;
            entity["CLOSED"] = semantics == "P" ? "N" : "Y";
        }

        entity["DATE_MODIFY"] = Instant();
        _entities[id] = entity;
        ledger.Save(system, $"{id}", entity);
    }

    static JsonArray Communications(string type, JsonNode? value) => new([.. (value as JsonArray ?? []).OfType<JsonObject>().Select((entry, index) => new JsonObject
    {
        ["ID"] = $"{index + 1}",
        ["VALUE"] = Text(entry["VALUE"]),
        ["VALUE_TYPE"] = Text(entry["VALUE_TYPE"]),
        ["TYPE_ID"] = type,
    })]);

    /// <summary>P: in progress, S: success, F: failure.</summary>
    static string Semantics(string stage) => stage.Split(':')[^1] switch
    {
        "WON" => "S",
        "LOSE" or "APOLOGY" => "F",
        _ => "P",
    };

    string Instant() => time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    public static string Text(JsonNode? value) => value?.GetValueKind() switch
    {
        null => "",
        System.Text.Json.JsonValueKind.True => "Y",
        System.Text.Json.JsonValueKind.False => "N",
        System.Text.Json.JsonValueKind.String => (string)value!,
        _ => value.ToJsonString(),
    };

    public static decimal Number(string text) =>
        decimal.TryParse(text, NumberStyles.Number, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
