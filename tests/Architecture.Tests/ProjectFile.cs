using System.Reflection;
using System.Xml.Linq;

namespace Dovetail.Architecture.Tests;

/// <summary>A project and what it refers to.</summary>
sealed class ProjectFile(SourceFile file)
{
    readonly XElement _xml = XElement.Parse(file.Text);

    public SourceFile File => file;

    /// <summary>`Gateway`, `Bus/Engine`, `tests/Hub.Tests`: what the rules know a project by.</summary>
    public string Folder => file.Folder;

    /// <summary>The folders of the projects that it refers to.</summary>
    public IEnumerable<string> Projects => Items("ProjectReference").Select(path => Path.GetDirectoryName(Path.GetFullPath(path, $"/{Folder}"))!.TrimStart('/'));

    /// <summary>The packages, frameworks and plain assemblies that it refers to.</summary>
    public IEnumerable<string> Packages => Items("PackageReference").Concat(Items("FrameworkReference")).Concat(Items("Reference"));

    public static ProjectFile In(string folder) => Repository.Projects.SingleOrDefault(project => project.Folder == folder)
        ?? throw new InvalidOperationException($"There is no project in {folder}, so a rule about it cannot be checked; {nameof(These_tests)} says more.");

    /// <summary>The compiled project; null if it is not beside these tests.</summary>
    public Assembly? Load()
    {
        try
        {
            return Assembly.Load(_xml.Descendants("AssemblyName").FirstOrDefault()?.Value ?? $"Dovetail.{Path.GetFileNameWithoutExtension(file.Path)}");
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    IEnumerable<string> Items(string kind) => _xml.Descendants(kind).Select(item => item.Attribute("Include")?.Value).OfType<string>();
}
