using Dovetail.Bus.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NServiceBus;

namespace Dovetail.Bus.Tests.Api;

/// <summary>The committed copy and the engine's assemblies, both as the compiler sees them.</summary>
static class Assemblies
{
    /// <summary>What a program for .NET gets without asking.</summary>
    const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    const string UsingsOfTheCopy = """
        global using System.Data.Common; global using System.Diagnostics.CodeAnalysis; global using System.Linq.Expressions; global using System.Reflection;
        global using Microsoft.Extensions.DependencyInjection;
        """;

    static readonly MetadataReference[] Everything =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    static readonly MetadataReference[] WithoutOurs = [.. Everything.Where(reference => !Path.GetFileName(reference.Display!).StartsWith("Dovetail.", StringComparison.Ordinal))];

    static readonly Lazy<IReadOnlyList<ApiFact>> CopyFacts = new(ReadCopy);

    static readonly Lazy<IReadOnlyList<ApiFact>> OurFacts = new(() =>
    {
        var compilation = CSharpCompilation.Create("Ours", references: Everything);
        return [.. new[] { typeof(EndpointConfiguration), typeof(RabbitMQTransport), typeof(SqliteTransport), typeof(InMemoryTransport) }.Select(one => one.Assembly.GetName().Name).SelectMany(name =>
            ApiFacts.Of(compilation.SourceModule.ReferencedAssemblySymbols.Single(assembly => assembly.Name == name)))];
    });

    /// <summary>What chapter A declares.</summary>
    public static IReadOnlyList<ApiFact> Copy => CopyFacts.Value;

    /// <summary>What the engine declares, in whatever namespace.</summary>
    public static IReadOnlyList<ApiFact> Ours => OurFacts.Value;

    /// <summary>A program, compiled against the engine as an application would be.</summary>
    public static CSharpCompilation Compile(OutputKind kind, string program) => Create("Program", kind, Everything, [program, ImplicitUsings]);

    /// <summary>The copy of chapter A as it is committed.</summary>
    public static IReadOnlyList<string> Listings => [.. Directory.GetFiles(TestSources.Api("ChapterA"), "*.txt").Order(StringComparer.Ordinal).Select(File.ReadAllText)];

    /// <summary>The namespaces that listings take for granted. Inside a namespace NServiceBus.X all of NServiceBus is known without being asked for.</summary>
    public static IReadOnlyList<string> UsingsOf(IEnumerable<string> listings)
    {
        var spaces = listings.SelectMany(text => text.Split('\n')).Where(line => line.StartsWith("namespace NServiceBus", StringComparison.Ordinal)).Distinct()
            .Select(line => $"global using {line["namespace ".Length..]};").Where(line => !line.Contains("Outbox", StringComparison.Ordinal) && !line.Contains("Testing", StringComparison.Ordinal) && !line.Contains("Persistence.Sql", StringComparison.Ordinal));
        return [ImplicitUsings, UsingsOfTheCopy, string.Join('\n', spaces)];
    }

    static IReadOnlyList<ApiFact> ReadCopy()
    {
        var compilation = Create("Copy", OutputKind.DynamicallyLinkedLibrary, WithoutOurs, [.. Listings, .. UsingsOf(Listings)]);
        var unknown = compilation.GetDiagnostics().Where(problem => problem.Id is "CS0246" or "CS0104" or "CS0234" or "CS0305" || problem.Id.StartsWith("CS1", StringComparison.Ordinal) && problem.Severity == DiagnosticSeverity.Error).ToList();
        Assert.IsEmpty(unknown, "The copy of chapter A names what it does not declare: " + string.Join('\n', unknown));
        return [.. ApiFacts.Of(compilation.Assembly).Where(fact => fact.Type.StartsWith("NServiceBus.", StringComparison.Ordinal) || fact.ShortType == "ParameterAppender")];
    }

    public static CSharpCompilation Create(string name, OutputKind kind, IEnumerable<MetadataReference> references, IEnumerable<string> texts) => CSharpCompilation.Create(
        name, texts.Select(text => CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Latest))), references,
        new CSharpCompilationOptions(kind, nullableContextOptions: NullableContextOptions.Enable));
}
