namespace Dovetail.Architecture.Tests;

[TestClass]
public sealed class FolderTests
{
    static readonly string[] Drawers =
        ["Common", "Core", "Shared", "Utils", "Utilities", "Helpers", "Extensions", "Infrastructure", "Misc", "Managers"];

    [TestMethod]
    public void Are_rooms_and_not_drawers() =>
        new Rule(
            "a folder is named by what the business or the bus calls its content; a drawer that anything fits in is where things get lost.",
            "Put the file to the feature that needs it; what two features need is a feature with a name.")
        .HoldsWithout(Repository.Files.Where(file => file.Folder.Split('/').Intersect(Drawers, StringComparer.OrdinalIgnoreCase).Any()).Select(file => file.Path));

    [TestMethod]
    public void Lie_at_most_two_deep_below_a_project() =>
        new Rule(
            "code lies at most two folders below its project, so that the whole house fits on one screen.",
            "Name the folder after the feature and put it further up.")
        .HoldsWithout(Sources.Where(file => Depth(file) > 2).Select(file => file.Path));

    static IEnumerable<SourceFile> Sources => Repository.Files.Where(file => file.Has(".cs") || file.Has(".ts") || file.Has(".vue"));

    // An npm package is a project of its own.
    static int Depth(SourceFile file) => Repository.Files
        .Where(project => (project.Has(".csproj") || project.Has("/package.json")) && file.Below(project.Folder))
        .Select(project => file.Folder.Count(letter => letter == '/') - project.Folder.Count(letter => letter == '/'))
        .DefaultIfEmpty(0).Min();
}
