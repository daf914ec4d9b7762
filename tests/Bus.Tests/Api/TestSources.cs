using System.Reflection;

namespace Dovetail.Bus.Tests.Api;

/// <summary>Files that are read where they are committed, wherever the build output goes.</summary>
static class TestSources
{
    static readonly string Folder = Metadata("SourceFolder");

    /// <summary>The assemblies that programs for the platform are compiled against, ASP.NET Core and the packages of these tests included.</summary>
    public static IEnumerable<string> PlatformReferences => new[] { "Microsoft.NETCore.App.Ref", "Microsoft.AspNetCore.App.Ref" }
        .SelectMany(pack => Directory.GetFiles(Path.Combine(Metadata("TargetingPacks"), pack), "*.dll", SearchOption.AllDirectories).Where(file => file.Contains($"{Path.DirectorySeparatorChar}ref{Path.DirectorySeparatorChar}net10.0", StringComparison.Ordinal)))
        .Concat(((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(file => file.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) && !Path.GetFileName(file).StartsWith("Dovetail.", StringComparison.Ordinal)))
        .DistinctBy(Path.GetFileName);

    public static string Repository => Path.GetFullPath(Path.Combine(Folder, "..", ".."));

    public static string Guide { get; } = Path.GetFullPath(Path.Combine(Folder, "..", "..", "Bus", "README.md"));

    public static string Api(string name) => Path.Combine(Folder, "Api", name);

    public static string Platform(string name) => Path.Combine(Folder, "Platform", "Captures", name);

    public static string RabbitMQ(string name) => Path.Combine(Folder, "RabbitMQ", "Captures", name);

    public static string Sample(string name) => Path.Combine(Folder, "Sample", name);

    public static string Decision(string name) => Path.GetFullPath(Path.Combine(Folder, "..", "..", "docs", "decisions", name));

    static string Metadata(string key) => typeof(TestSources).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == key).Value!;
}
