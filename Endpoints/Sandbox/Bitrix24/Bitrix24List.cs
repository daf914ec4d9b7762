using System.Globalization;
using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.Bitrix24;

/// <summary>Filter, order, selection and page of a list call.</summary>
static class Bitrix24List
{
    const int PageSize = 50;

    // The longest first: ">=" is not ">".
    static readonly string[] Prefixes = [">=", "<=", "!@", "!=", "=%", ">", "<", "@", "%", "!", "="];

    public static (JsonArray Page, int Total, int? Next) Of(IEnumerable<JsonObject> entities, JsonObject parameters)
    {
        var filter = parameters["filter"] as JsonObject ?? [];
        var found = Order(entities.Where(entity => filter.All(condition => Matches(entity, condition.Key, condition.Value))), parameters["order"] as JsonObject);
        var start = Math.Max(0, (int)Bitrix24Entities.Number(Bitrix24Entities.Text(parameters["start"])));
        var page = found.Skip(start).Take(PageSize).Select(entity => Select(entity, parameters["select"] as JsonArray));
        return (new JsonArray([.. page]), found.Count, start + PageSize < found.Count ? start + PageSize : null);
    }

    static bool Matches(JsonObject entity, string condition, JsonNode? wanted)
    {
        var prefix = Prefixes.FirstOrDefault(prefix => condition.StartsWith(prefix, StringComparison.Ordinal)) ?? "";
        var value = Bitrix24Entities.Text(entity[condition[prefix.Length..]]);
        var text = Bitrix24Entities.Text(wanted);
        return prefix switch
        {
            ">=" => Compare(value, text) >= 0,
            ">" => Compare(value, text) > 0,
            "<=" => Compare(value, text) <= 0,
            "<" => Compare(value, text) < 0,
            "%" => value.Contains(text, StringComparison.OrdinalIgnoreCase),
            "=%" => Like(value, text),
            "!@" => !Among(value, wanted),
            "!" or "!=" => !Among(value, wanted),

            // A list as the value of a plain filter means "any of them".
            _ => Among(value, wanted),
        };
    }

    static bool Among(string value, JsonNode? wanted) => wanted is JsonArray list
        ? list.Any(item => Bitrix24Entities.Text(item) == value)
        : Bitrix24Entities.Text(wanted) == value;

    static bool Like(string value, string pattern) => (pattern.StartsWith('%'), pattern.EndsWith('%')) switch
    {
        (true, true) => value.Contains(pattern.Trim('%'), StringComparison.OrdinalIgnoreCase),
        (true, false) => value.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase),
        (false, true) => value.StartsWith(pattern[..^1], StringComparison.OrdinalIgnoreCase),
        _ => value.Equals(pattern, StringComparison.OrdinalIgnoreCase),
    };

    static int Compare(string left, string right) =>
        decimal.TryParse(left, NumberStyles.Number, CultureInfo.InvariantCulture, out var a)
        && decimal.TryParse(right, NumberStyles.Number, CultureInfo.InvariantCulture, out var b)
            ? a.CompareTo(b)
            : string.CompareOrdinal(left, right);

    static List<JsonObject> Order(IEnumerable<JsonObject> entities, JsonObject? order)
    {
        // By the first member only; who asks for none gets the oldest first.
        var (field, direction) = order is { Count: > 0 } ? (order.First().Key, Bitrix24Entities.Text(order.First().Value)) : ("ID", "ASC");
        var ascending = entities.Order(Comparer<JsonObject>.Create((left, right) =>
            Compare(Bitrix24Entities.Text(left[field]), Bitrix24Entities.Text(right[field])))).ToList();
        if (direction.Equals("DESC", StringComparison.OrdinalIgnoreCase))
            ascending.Reverse();
        return ascending;
    }

    static JsonNode Select(JsonObject entity, JsonArray? select)
    {
        var names = select?.Select(Bitrix24Entities.Text).ToHashSet() ?? [];

        // Multiple values come only when asked for by name; the asterisk stands for all others.
        return new JsonObject(entity
            .Where(member => names.Contains(member.Key) || member.Key == "ID" || (names.Count == 0 || names.Contains("*")) && member.Value is not JsonArray)
            .Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone())));
    }
}
