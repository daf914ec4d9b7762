using System.Reflection;
using System.Text;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Tests.Transport;

namespace Dovetail.Bus.Tests.Conformance;

/// <summary>Which scenarios are shown by tests, and where. Accept a change of docs/conformance.md with DOVETAIL_APPROVE=1.</summary>
[TestClass]
public sealed class ConformanceTests
{
    const string EngineAlone = "engine alone";

    static readonly string[] FirstColumns = [EngineAlone, RunsOnAttribute.Sqlite, RunsOnAttribute.Joined, RunsOnAttribute.Apart];

    readonly IReadOnlyList<Chapter> _chapters = Catalogue.Chapters();
    readonly IReadOnlyDictionary<int, string> _differences = Catalogue.Differences();
    readonly ILookup<int, string> _shown = Shown().ToLookup(each => each.Number, each => each.Column);

    [TestMethod]
    public void The_document_says_what_the_tests_show()
    {
        var document = Write();
        if (Environment.GetEnvironmentVariable("DOVETAIL_APPROVE") == "1") File.WriteAllText(Catalogue.Document, document);

        Assert.AreEqual(File.ReadAllText(Catalogue.Document), document, "The tests show other scenarios than docs/conformance.md says. If that is meant, run again with DOVETAIL_APPROVE=1 and commit it.");
    }

    [TestMethod]
    public void What_must_be_shown_is_shown_or_differs_on_purpose()
    {
        var open = All.Where(scenario => scenario is { Priority: "P0" or "P1", WaitsFor: "" } && !_shown.Contains(scenario.Number) && !_differences.ContainsKey(scenario.Number)).Select(Named).ToList();

        Assert.IsEmpty(open, $"No test shows {string.Join(", ", open)}. Add [Scenario(number)] to the test that does; if the engine differs on purpose, say why in Differences.txt and in docs/decisions/compatibility.md.");
    }

    [TestMethod]
    public void Whatever_is_excused_is_not_shown()
    {
        var needless = All.Where(scenario => (scenario.WaitsFor != "" || _differences.ContainsKey(scenario.Number)) && _shown.Contains(scenario.Number)).Select(Named).ToList();

        Assert.IsEmpty(needless, $"Tests show {string.Join(", ", needless)}: drop what they wait for from Scenarios.txt, or their difference from Differences.txt.");
    }

    [TestMethod]
    public void Every_number_is_one_of_the_catalogue_s()
    {
        CollectionAssert.AreEqual(Enumerable.Range(1, 249).ToArray(), All.Select(scenario => scenario.Number).ToArray());
        CollectionAssert.IsSubsetOf(_shown.Select(group => group.Key).Concat(_differences.Keys).ToArray(), All.Select(scenario => scenario.Number).ToArray());
    }

    [TestMethod]
    public void Whatever_runs_on_a_transport_says_on_which()
    {
        var silent = TestClasses().Where(type => (typeof(BusContract).IsAssignableFrom(type) || typeof(TransportContract).IsAssignableFrom(type))
            && ScenariosOf(type).Any() && type.GetCustomAttribute<RunsOnAttribute>() is null).Select(type => type.Name).ToList();

        Assert.IsEmpty(silent, $"{string.Join(", ", silent)} would count as the engine alone. Add [RunsOn(...)].");
    }

    IEnumerable<CatalogueEntry> All => _chapters.SelectMany(chapter => chapter.Scenarios);

    static string Named(CatalogueEntry scenario) => $"{scenario.Number} {scenario.Name}";

    static IEnumerable<Type> TestClasses() => typeof(ConformanceTests).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsDefined(typeof(TestClassAttribute)));

    static IEnumerable<int> ScenariosOf(Type testClass) => testClass.GetMethods().SelectMany(method => method.GetCustomAttribute<ScenarioAttribute>()?.Numbers ?? []);

    static IEnumerable<(int Number, string Column)> Shown() =>
        from type in TestClasses()
        from number in ScenariosOf(type)
        select (number, type.GetCustomAttribute<RunsOnAttribute>()?.Column ?? EngineAlone);

    string Write()
    {
        var columns = FirstColumns.Concat(_shown.SelectMany(group => group).Distinct().Except(FirstColumns).Order(StringComparer.Ordinal)).ToList();
        var text = new StringBuilder(
            """
            # Conformance

            What NServiceBus promises to those who write handlers and sagas, scenario by scenario, and where tests show that this engine keeps it. P0 must hold for any use, P1 for calling the engine compatible, P2 for completeness.
            A tick says that at least one test with `[Scenario(number)]` runs on that transport and store; those tests are part of every test run, so a tick in this file is a green test. "Engine alone" are tests that need neither.
            What differs on purpose is told in [compatibility](decisions/compatibility.md).

            This page is written by the tests. To write it anew: `DOVETAIL_APPROVE=1 dotnet run --project tests/Bus.Tests -- --filter ClassName~ConformanceTests`

            | priority | scenarios | shown | differs on purpose | waits for a server | not yet |
            |---|--:|--:|--:|--:|--:|

            """);
        foreach (var priority in All.GroupBy(scenario => scenario.Priority).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append($"| {priority.Key} | {priority.Count()} | {priority.Count(IsShown)} | {priority.Count(scenario => _differences.ContainsKey(scenario.Number))} | ")
                .Append($"{priority.Count(scenario => scenario.WaitsFor != "")} | {priority.Count(IsOpen)} |\n");
        }
        foreach (var chapter in _chapters)
        {
            text.Append($"\n## {chapter.Title}\n\n|  |  | scenario | {string.Join(" | ", columns)} | otherwise |\n|--:|---|---|{string.Concat(columns.Select(_ => ":-:|"))}---|\n");
            foreach (var scenario in chapter.Scenarios)
            {
                text.Append($"| {scenario.Number} | {scenario.Priority} | **{scenario.Name}** {scenario.Meaning} | ")
                    .Append(string.Join(" | ", columns.Select(column => _shown[scenario.Number].Contains(column) ? "✓" : ""))).Append($" | {Otherwise(scenario)} |\n");
            }
        }
        return text.Replace("\r\n", "\n").ToString();
    }

    string Otherwise(CatalogueEntry scenario) =>
        _differences.TryGetValue(scenario.Number, out var why) ? $"[differs on purpose](decisions/compatibility.md): {why}"
        : scenario.WaitsFor != "" ? $"with {scenario.WaitsFor}: not yet"
        : IsOpen(scenario) ? "not yet" : "";

    bool IsShown(CatalogueEntry scenario) => _shown.Contains(scenario.Number);

    bool IsOpen(CatalogueEntry scenario) => scenario.WaitsFor == "" && !IsShown(scenario) && !_differences.ContainsKey(scenario.Number);
}
