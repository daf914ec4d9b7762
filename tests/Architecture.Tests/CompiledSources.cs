using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Dovetail.Architecture.Tests;

/// <summary>A project's sources as the compiler understands them: without what generators add, but with every name resolved.</summary>
sealed class CompiledSources
{
    const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    readonly CSharpCompilation _compilation;

    public CompiledSources(string folder)
    {
        var own = ProjectFile.In(folder).Load()!.GetName().Name + ".dll";
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(file => Path.GetFileName(file) != own).Select(file => MetadataReference.CreateFromFile(file));
        var files = Repository.Code.Where(file => file.Below(folder)).Select(file => (file.Text, file.Path)).Append((Text: ImplicitUsings, Path: ""));
        _compilation = CSharpCompilation.Create(
            Path.GetFileNameWithoutExtension(own), files.Select(file => CSharpSyntaxTree.ParseText(file.Text, new CSharpParseOptions(LanguageVersion.Preview), file.Path)), references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }

    public IEnumerable<MethodDeclarationSyntax> Methods => _compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<MethodDeclarationSyntax>());

    public SemanticModel Of(SyntaxNode node) => _compilation.GetSemanticModel(node.SyntaxTree);

    /// <summary>In a form that an editor can open.</summary>
    public static string At(SyntaxNode node) => $"{node.SyntaxTree.FilePath}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}: {node.ToString().Split('\n')[0].Trim()}";
}
