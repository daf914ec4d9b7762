using System.Reflection;

namespace Dovetail.Bus.Tests.Api;

/// <summary>Files that are read where they are committed, wherever the build output goes.</summary>
static class TestSources
{
    static readonly string Folder = typeof(TestSources).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SourceFolder").Value!;

    public static string Guide { get; } = Path.GetFullPath(Path.Combine(Folder, "..", "..", "Bus", "README.md"));

    public static string Api(string name) => Path.Combine(Folder, "Api", name);

    public static string Platform(string name) => Path.Combine(Folder, "Platform", "Captures", name);

    public static string RabbitMQ(string name) => Path.Combine(Folder, "RabbitMQ", "Captures", name);

    public static string Sample(string name) => Path.Combine(Folder, "Sample", name);

    public static string Decision(string name) => Path.GetFullPath(Path.Combine(Folder, "..", "..", "docs", "decisions", name));
}
