using System.Text.RegularExpressions;

namespace Dovetail.Architecture.Tests;

[TestClass]
public sealed class FileTests
{
    const int MostLines = 300;

    // Written so that these patterns do not find themselves.
    static readonly Regex Shortcut = new(@"\#(pragma warning|region)\b|\bTO(DO)\b|\bNotImplemented(Exception)\b|\[(Ignore)\b|\bAssert\.(Inconclusive)\b");
    // The one of .NET's container images is the same wherever they run.
    static readonly Regex PlaceOnOneMachine = new(@"(?<![\w.~/$})-])/(home(?!/app\b)|root|work|tmp)/");
    static readonly Regex Temporary = new("mktemp|TMPDIR");
    static readonly Regex Registry = new(@"""resolved"":\s*""http|/v3/index\.(json)|registry\.npm(js)|^\s*(registry\s*=|<add\b.*\bvalue=""http)");

    [TestMethod]
    public void Have_at_most_300_lines() =>
        new Rule(
            $"a product file has at most {MostLines} lines, and most have fewer than 100: it must be readable in one go.",
            "Find the second subject in it and give it a file of its own.")
        .HoldsWithout(Repository.Files
            .Where(file => (file.Has(".cs") || file.Has(".ts") || file.Has(".vue")) && !file.Below("tests") && !file.Path.Contains("/Migrations/", StringComparison.Ordinal))
            .Where(file => file.Lines.Length > MostLines).Select(file => $"{file.Path}: {file.Lines.Length} lines"));

    [TestMethod]
    public void Take_no_shortcut() =>
        new Rule(
            "no warning is switched off in the code, nothing is folded away, left for later or skipped in the tests.",
            "Do it now, or delete it. A rule that fights the style is switched off in .editorconfig, with its reason.")
        .HoldsWithout(Repository.Files.Where(file => file.Has(".cs") || file.Has(".ts") || file.Has(".vue")).SelectMany(file => file.Find(Shortcut)));

    [TestMethod]
    public void Name_no_place_of_one_machine() =>
        new Rule(
            "the repository works wherever it is cloned, so no file names a folder of one machine.",
            "Start from the repository's root, from a setting, or from the folder for temporary files (mktemp, TMPDIR, Path.GetTempPath).")
        .HoldsWithout(Repository.Files.SelectMany(file => file.Find(PlaceOnOneMachine)).Where(line => !Temporary.IsMatch(line)));

    [TestMethod]
    public void Name_no_package_registry() =>
        new Rule(
            "where packages come from is a matter of the machine: no file names a registry.",
            "Delete the nuget.config or .npmrc entry; write package-lock.json with `npm install --omit-lockfile-registry-resolved`.")
        .HoldsWithout(Repository.Files.SelectMany(file => file.Find(Registry)));
}
