using System.Reflection;
using System.Text.RegularExpressions;

namespace Dovetail.Architecture.Tests;

/// <summary>The working tree as it is committed: every text file that .gitignore does not exclude.</summary>
static class Repository
{
    static readonly string Root = FindRoot();
    static readonly HashSet<string> Ignored =
        [".git", .. File.ReadLines(Path.Combine(Root, ".gitignore")).Where(line => line.EndsWith('/')).Select(line => line.Trim('/'))];

    public static IReadOnlyList<SourceFile> Files { get; } = [.. FilesBelow(Root)];

    public static IReadOnlyList<SourceFile> Code { get; } = [.. Files.Where(file => file.Has(".cs"))];

    public static IReadOnlyList<ProjectFile> Projects { get; } = [.. Files.Where(file => file.Has(".csproj")).Select(file => new ProjectFile(file))];

    /// <summary>The projects that are delivered.</summary>
    public static IEnumerable<ProjectFile> Product => Projects.Where(project => !project.File.Below("tests"));

    /// <summary>The types that the product declares; what compilers and generators add is not ours to name.</summary>
    public static IReadOnlyList<Type> Types { get; } =
        [.. Product.SelectMany(project => project.Load()?.GetTypes() ?? []).Where(type => Regex.IsMatch(type.FullName!, "^Dovetail[^<]*$"))];

    static string FindRoot()
    {
        var start = typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!;
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Dovetail.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException($"No Dovetail.slnx in {start} or above, so there are no sources to look at. Build these tests again where the sources are.");
    }

    static IEnumerable<SourceFile> FilesBelow(string folder)
    {
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            var text = File.ReadAllText(path);
            if (!text.Contains('\0')) yield return new(Relative(path), text);
        }

        foreach (var file in Directory.EnumerateDirectories(folder).Where(below => !IsIgnored(below)).SelectMany(FilesBelow)) yield return file;
    }

    static bool IsIgnored(string folder) => Ignored.Contains(Path.GetFileName(folder)) || Ignored.Contains(Relative(folder));

    static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');
}
