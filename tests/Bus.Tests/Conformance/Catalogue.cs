using System.Globalization;
using System.Reflection;

namespace Dovetail.Bus.Tests.Conformance;

/// <summary>A heading of the catalogue with its scenarios.</summary>
sealed record Chapter(string Title, IReadOnlyList<CatalogueEntry> Scenarios);

/// <param name="WaitsFor">What must be there before it can be tested; empty for nothing.</param>
sealed record CatalogueEntry(int Number, string Priority, string Name, string WaitsFor, string Meaning);

/// <summary>The scenarios that an NServiceBus-compatible engine is measured by, and where ours differs on purpose.</summary>
static class Catalogue
{
    static readonly string Tests = typeof(Catalogue).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!;

    public static string Document => Path.Combine(Tests, "..", "..", "docs", "conformance.md");

    public static IReadOnlyList<Chapter> Chapters()
    {
        var chapters = new List<(string Title, List<CatalogueEntry> Scenarios)>();
        foreach (var line in Lines("Scenarios.txt"))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal)) chapters.Add((line[3..], []));
            else chapters[^1].Scenarios.Add(Entry(line));
        }
        return [.. chapters.Select(chapter => new Chapter(chapter.Title, chapter.Scenarios))];
    }

    /// <summary>Why a scenario is not met on purpose, by its number.</summary>
    public static IReadOnlyDictionary<int, string> Differences() =>
        Lines("Differences.txt").Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(parts => int.Parse(parts[0], CultureInfo.InvariantCulture), parts => parts[1]);

    static IEnumerable<string> Lines(string file) =>
        File.ReadLines(Path.Combine(Tests, "Conformance", file)).Where(line => line.Length > 0 && !line.StartsWith("# ", StringComparison.Ordinal));

    static CatalogueEntry Entry(string line) => line.Split('|', StringSplitOptions.TrimEntries) is [var number, var priority, var name, var waitsFor, var meaning]
        ? new CatalogueEntry(int.Parse(number, CultureInfo.InvariantCulture), priority, name, waitsFor, meaning)
        : throw new FormatException($"Scenarios.txt has the line '{line}', which has not five fields.");
}
