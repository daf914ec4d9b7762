using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Dovetail.Hub.Reference;

/// <summary>JSON schemas of the contracts, as the bus's serializer reads and writes them; each type once, under its name.</summary>
sealed class WireSchemas(CodeComments comments)
{
    public const string Place = "#/components/schemas/";

    // What has no default value in the record was there from the message's first day, so every sender ever sends it.
    static readonly JsonSerializerOptions Wire = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver(), RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    readonly SortedDictionary<string, JsonNode?> _schemas = new(StringComparer.Ordinal);
    readonly Dictionary<string, Type> _types = [];

    public JsonObject All => new(_schemas);

    /// <summary>A reference to the type's schema, which is added with all that it refers to.</summary>
    public JsonObject Reference(Type type)
    {
        if (_types.TryAdd(type.Name, type)) _schemas[type.Name] = type.IsEnum ? Values(type) : Members(type);
        return _types[type.Name] == type
            ? new() { ["$ref"] = Place + type.Name }
            : throw new InvalidOperationException($"{type.FullName} and {_types[type.Name].FullName} have the same name, so that readers of the document can't tell them apart. Rename the one that was never on the wire.");
    }

    JsonNode Members(Type type)
    {
        var schema = Wire.GetJsonSchemaAsNode(type, new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = (context, node) => context.Path.IsEmpty ? node : Member(type, context, node) });
        schema["type"] = "object";
        return Described(comments.Summary(type), schema.AsObject());
    }

    JsonNode Member(Type owner, JsonSchemaExporterContext context, JsonNode node)
    {
        var comment = context.PropertyInfo is { } property ? comments.Summary(owner, property.Name) : null;
        if ((Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type) is not { } type || type.Assembly != owner.Assembly) return Described(comment, node.AsObject());

        // Beside a reference nothing else counts in this dialect of JSON schema.
        var reference = Reference(type);
        var schema = AllowsNull(node) ? new JsonObject { ["anyOf"] = new JsonArray(reference, new JsonObject { ["type"] = "null" }) }
            : comment is not null ? new JsonObject { ["allOf"] = new JsonArray(reference) }
            : reference;
        return Described(comment, schema);
    }

    JsonObject Values(Type type)
    {
        var names = Enum.GetNames(type);
        return Described(
            $"{comments.Summary(type)} {string.Join(' ', names.Select(name => $"{Number(name)} = {name}: {comments.Summary(type, name)}"))}",
            new JsonObject
            {
                ["type"] = "integer",
                ["enum"] = new JsonArray([.. names.Select(name => JsonValue.Create(Number(name)))]),
                ["x-enum-varnames"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]),
            });

        int Number(string name) => (int)Enum.Parse(type, name);
    }

    static JsonObject Described(string? comment, JsonObject schema)
    {
        if (comment is not null) schema.Insert(0, "description", comment);
        return schema;
    }

    static bool AllowsNull(JsonNode node) => node["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "null");
}
