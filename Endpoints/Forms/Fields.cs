using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dovetail.Endpoints.Answers;

namespace Dovetail.Endpoints.Forms;

/// <summary>A JSON object that is read member by member and notes every fault, where a deserializer would stop at the first.</summary>
/// <remarks>A faulty member reads as an empty value, so that reading goes on; nobody may use what was read if there are faults.</remarks>
sealed class Fields
{
    readonly JsonElement _object;
    readonly string _pointer;
    readonly List<Fault> _faults;
    readonly HashSet<string> _known = [];

    Fields(JsonElement json, string pointer, List<Fault> faults)
    {
        (_object, _pointer, _faults) = (json, pointer, faults);
    }

    /// <param name="json">An object.</param>
    public Fields(JsonElement json) : this(json, "#", [])
    {
    }

    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Whether the member is there with a value.</summary>
    public bool Has(string name)
    {
        _known.Add(name);
        return Find(name, out _);
    }

    public string Text(string name, int most) => OptionalText(name, most) ?? Missing(name, $"a text of at most {most} characters", "");

    public string Text(string name, Regex pattern, string like) => OptionalText(name, pattern, like) ?? Missing(name, like, "");

    public string? OptionalText(string name, int most)
    {
        if (Value(name) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) return Wrong(name, "is not a text: put it in quotes", "");

        var text = value.GetString()!.Trim();
        if (text.Length == 0) return Wrong(name, $"is empty: send a text of at most {most} characters, or leave the member out if it is optional", "");
        if (text.Length > most) return Wrong(name, $"has {text.Length} characters: shorten it to {most}", "");
        return text.Any(char.IsControl) ? Wrong(name, "contains control characters: remove line breaks, tabs and the like", "") : text;
    }

    public string? OptionalText(string name, Regex pattern, string like)
    {
        if (Value(name) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String && pattern.IsMatch(value.GetString()!) ? value.GetString() : Wrong(name, $"is not right: send {like}", "");
    }

    public bool Flag(string name)
    {
        if (Value(name) is not { } value) return Missing(name, "true or false", false);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : Wrong(name, "is not right: send true or false", false);
    }

    public int Whole(string name, int least, int most)
    {
        var like = $"a whole number from {least} to {most}";
        if (Value(name) is not { } value) return Missing(name, like, 0);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most
            ? number
            : Wrong(name, $"is {Shown(value)}: send {like}", 0);
    }

    /// <param name="digits">Decimal places at most.</param>
    public decimal Number(string name, decimal least, decimal most, int digits)
    {
        var like = $"a number from {least} to {most} with at most {digits} decimal places";
        if (Value(name) is not { } value) return Missing(name, like, 0m);
        return value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && number >= least && number <= most && decimal.Round(number, digits) == number
            ? number
            : Wrong(name, $"is {Shown(value)}: send {like}", 0m);
    }

    /// <summary>A member that is an object itself; null, with the fault noted, if it is none.</summary>
    public Fields? Part(string name)
    {
        if (Value(name) is not { } value) return Missing<Fields?>(name, "an object", null);
        return value.ValueKind == JsonValueKind.Object ? new(value, At(name), _faults) : Wrong<Fields?>(name, "is not an object: send its members in { }", null);
    }

    /// <summary>A member that is a list of objects.</summary>
    public IReadOnlyList<Fields> Parts(string name, int most)
    {
        var like = $"a list of 1 to {most} objects";
        if (Value(name) is not { } value) return Missing<IReadOnlyList<Fields>>(name, like, []);
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) return Wrong<IReadOnlyList<Fields>>(name, $"is not right: send {like}", []);
        if (value.GetArrayLength() > most) return Wrong<IReadOnlyList<Fields>>(name, $"has {value.GetArrayLength()} entries: send at most {most}", []);

        foreach (var (index, entry) in value.EnumerateArray().Index().Where(entry => entry.Item.ValueKind != JsonValueKind.Object))
            Wrong<object?>($"{name}/{index}", "is not an object: send its members in { }", null);
        return [.. value.EnumerateArray().Index().Where(entry => entry.Item.ValueKind == JsonValueKind.Object).Select(entry => new Fields(entry.Item, $"{At(name)}/{entry.Index}", _faults))];
    }

    /// <summary>Refuses what was never asked for: a misspelt optional member must not be lost in silence.</summary>
    public void NothingElse()
    {
        foreach (var stranger in _object.EnumerateObject().Select(member => member.Name).Where(name => !_known.Contains(name)))
            Wrong<object?>(stranger.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal), $"is not known here: remove it, or correct its spelling to one of {string.Join(", ", _known.Order())}", null);
    }

    /// <summary>Notes a fault that the caller found.</summary>
    /// <returns>The value to go on with.</returns>
    public T Wrong<T>(string name, string fault, T instead)
    {
        _faults.Add(new(At(name), $"{name.Split('/')[^1]} {fault}."));
        return instead;
    }

    string At(string name) => $"{_pointer}/{name}";

    T Missing<T>(string name, string like, T instead) => Wrong(name, $"is missing: send {like}", instead);

    JsonElement? Value(string name)
    {
        _known.Add(name);
        return Find(name, out var value) ? value : null;
    }

    bool Find(string name, [NotNullWhen(true)] out JsonElement value) => _object.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    static string Shown(JsonElement value) => value.ValueKind is JsonValueKind.Number && value.GetRawText() is { Length: < 40 } text ? text : "no such number";
}
