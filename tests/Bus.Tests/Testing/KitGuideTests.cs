using System.Reflection;
using System.Text.RegularExpressions;

namespace Dovetail.Bus.Tests.Testing;

[TestClass]
public sealed class KitGuideTests
{
    static readonly string Tests = typeof(KitGuideTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!;

    [TestMethod]
    public void Its_snippets_are_lines_of_these_tests()
    {
        var guide = File.ReadAllText(Path.Combine(Tests, "../../Bus/Testing/README.md"));
        var code = string.Concat(new[] { "Testing", "Twin" }.SelectMany(folder => Directory.GetFiles(Path.Combine(Tests, folder), "*.cs")).Select(file => WithoutIndentation(File.ReadAllText(file))));
        var snippets = Regex.Matches(guide, "(?s)```csharp\n(.*?)```").Select(match => match.Groups[1].Value).ToList();

        Assert.IsNotEmpty(snippets);
        foreach (var snippet in snippets)
            Assert.Contains(WithoutIndentation(snippet), code, $"This part of Bus/Testing/README.md is in no test, so nobody knows if it works. Copy it from one:\n{snippet}");
    }

    static string WithoutIndentation(string text) => string.Concat(text.ReplaceLineEndings("\n").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0).Select(line => line + "\n"));
}
