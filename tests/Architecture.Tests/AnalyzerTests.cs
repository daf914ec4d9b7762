using System.Text.RegularExpressions;

namespace Dovetail.Architecture.Tests;

/// <summary>The analyzers hold most rules of the style; these tests hold the analyzers.</summary>
[TestClass]
public sealed class AnalyzerTests
{
    static readonly string[] Kept = ["IDE0005", "IDE0040", "IDE0051", "IDE0052", "IDE0059", "IDE0130", "IDE0161", "IDE1006", "CA1848", "CA1852", "CA2016", "CA2201", "RS0030"];

    static readonly SourceFile Settings = Repository.Files.Single(file => file.Path == ".editorconfig");
    static readonly SourceFile Build = Repository.Files.Single(file => file.Path == "Directory.Build.props");

    [TestMethod]
    public void Run_in_the_build_and_refuse() =>
        new Rule(
            "analyzers run in every build and their warnings are errors; IDE0005 needs the documentation file for that.",
            "Put the line back into Directory.Build.props.")
        .HoldsWithout(
            new[] { "TreatWarningsAsErrors", "EnforceCodeStyleInBuild", "GenerateDocumentationFile" }.Select(name => $"<{name}>true</{name}>")
            .Where(line => !Build.Text.Contains(line, StringComparison.Ordinal)).Select(line => $"Directory.Build.props: no {line}"));

    [TestMethod]
    public void Hold_the_rules_of_the_style() =>
        new Rule(
            "these rules are on for all C# code.",
            "Put the line `dotnet_diagnostic.<rule>.severity = warning` (or error) back under [*.cs] in .editorconfig.")
        .HoldsWithout(Kept.Where(rule => !Settings.Find(Severity(rule, "(warning|error)")).Any()));

    [TestMethod]
    public void Let_only_Contracts_and_Bus_choose_their_namespaces()
    {
        // Names in these two are given from outside: type names on the wire, and the public API that the bus mirrors.
        const string Allowed = "[{Contracts,Bus}/**.cs]: IDE0130";
        var exceptions =
            from section in Settings.Text.Split("\n[")
            from rule in Kept
            where Severity(rule, "(none|silent|suggestion)").IsMatch(section)
            select $"[{section.Split('\n')[0]}: {rule}";

        new Rule(
            "a rule of the style holds everywhere; only in Contracts and Bus may a namespace differ from its folder.",
            "Delete the exception from .editorconfig and make the code keep the rule.")
        .HoldsWithout(exceptions.Where(exception => exception != Allowed));
    }

    static Regex Severity(string rule, string severity) => new($@"(?m)^dotnet_diagnostic\.{rule}\.severity = {severity}\s*$");
}
