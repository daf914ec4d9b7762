using System.Text.RegularExpressions;

namespace Dovetail.Architecture.Tests;

/// <summary>A text file; its path begins at the repository's root and has forward slashes.</summary>
sealed record SourceFile(string Path, string Text)
{
    /// <summary>`Bus/Engine` for `Bus/Engine/Engine.csproj`.</summary>
    public string Folder => string.Join('/', Path.Split('/')[..^1]);

    public string[] Lines => Text.TrimEnd('\n').Split('\n');

    public bool Has(string extension) => Path.EndsWith(extension, StringComparison.Ordinal);

    public bool Below(string folder) => Path.StartsWith($"{folder}/", StringComparison.Ordinal);

    /// <summary>Every line that holds the pattern, in a form that an editor can open.</summary>
    public IEnumerable<string> Find(Regex pattern) =>
        Lines.Index().Where(line => pattern.IsMatch(line.Item)).Select(line => $"{Path}:{line.Index + 1}: {line.Item.Trim()}");
}
