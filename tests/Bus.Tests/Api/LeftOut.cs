using System.Globalization;
using System.Text.RegularExpressions;

namespace Dovetail.Bus.Tests.Api;

/// <summary>One pattern of the committed list of what the engine leaves out.</summary>
/// <param name="Pattern">A type, a member of a type, or one of its overloads. An asterisk stands for anything.</param>
/// <param name="Group">The heading under which the reason stands.</param>
sealed partial record LeftOut(string Pattern, string Chapter, string Why, string Group)
{
    // Namespaces may be left away in front.
    readonly Regex _pattern = new($"^(.*\\.)?{Regex.Escape(Pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant);

    /// <summary>Whether the whole type is left out, with every member that needs it.</summary>
    public bool IsType(ApiFact fact) => fact.Name.Length == 0 && NamesOf(fact.Type).Any(_pattern.IsMatch);

    public bool IsMember(ApiFact fact) => fact.Name.Length > 0
        && NamesOf(fact.Type).Any(type => _pattern.IsMatch($"{type}.{fact.Name}") || _pattern.IsMatch($"{type}.{fact.Overload}") || fact.Name[0] == ':' && _pattern.IsMatch($"{type} {fact.Name}"));

    /// <summary>A generic type's name as "Type" and as "Type&lt;,&gt;".</summary>
    static string[] NamesOf(string type)
    {
        var name = type.Replace('+', '.');
        return [Arity().Replace(name, ""), Arity().Replace(name, match => $"<{new string(',', int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) - 1)}>")];
    }

    /// <summary>The rows of all tables of the list; a row may name several patterns.</summary>
    public static IReadOnlyList<LeftOut> Read()
    {
        var entries = new List<LeftOut>();
        var group = "";
        foreach (var line in File.ReadLines(TestSources.Decision("left-out-of-the-api.md")))
        {
            if (line.StartsWith('#')) group = line.TrimStart('#', ' ');
            if (!line.StartsWith("| `", StringComparison.Ordinal)) continue;
            var cells = line.Trim('|').Split(" | ").Select(cell => cell.Trim()).ToList();
            Assert.HasCount(3, cells, $"A row of the list has a pattern, a chapter and a reason: {line}");
            Assert.IsGreaterThan(0, cells[2].Length, $"There is no reason in: {line}");
            entries.AddRange(Quoted().Matches(cells[0]).Select(match => new LeftOut(match.Groups[1].Value, cells[1], cells[2], group)));
        }
        return entries;
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex("`([0-9]+)")]
    private static partial Regex Arity();
}
