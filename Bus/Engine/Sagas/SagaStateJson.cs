using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Dovetail.Bus.Sagas;

/// <summary>How the state of sagas is written in every store: with public fields, and with collections that have no setter, which would else be lost silently.</summary>
static class SagaStateJson
{
    static readonly HashSet<Type> Filled =
    [
        typeof(List<>), typeof(IList<>), typeof(ICollection<>), typeof(HashSet<>), typeof(ISet<>), typeof(SortedSet<>), typeof(Queue<>),
        typeof(Dictionary<,>), typeof(IDictionary<,>), typeof(SortedDictionary<,>),
    ];

    public static JsonSerializerOptions Options { get; } = Make();

    public static JsonSerializerOptions Make(params IEnumerable<Action<JsonTypeInfo>> modifiers)
    {
        var resolver = new DefaultJsonTypeInfoResolver { Modifiers = { FillWhatHasNoSetter } };
        foreach (var modifier in modifiers) resolver.Modifiers.Add(modifier);

        // Databases that keep JSON in a form of their own give its members back in another order, with the one that tells the type behind others.
        return new JsonSerializerOptions { TypeInfoResolver = resolver, IncludeFields = true, AllowOutOfOrderMetadataProperties = true };
    }

    static void FillWhatHasNoSetter(JsonTypeInfo type)
    {
        if (type.Kind != JsonTypeInfoKind.Object) return;
        foreach (var property in type.Properties)
        {
            if (property is { Set: null, Get: not null, AssociatedParameter: null, PropertyType.IsGenericType: true } && Filled.Contains(property.PropertyType.GetGenericTypeDefinition()))
                property.ObjectCreationHandling = JsonObjectCreationHandling.Populate;
        }
    }
}
