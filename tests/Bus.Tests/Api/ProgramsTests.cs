using System.Reflection;
using Microsoft.CodeAnalysis;

namespace Dovetail.Bus.Tests.Api;

/// <summary>Programs written for NServiceBus, compiled against this engine. They see what an application sees.</summary>
[TestClass]
public sealed class ProgramsTests(TestContext test)
{
    [TestMethod]
    public void The_smallest_program_compiles_with_only_the_lines_changed_that_name_transport_and_persistence()
    {
        var program = File.ReadAllLines(TestSources.Sample("TwoEndpoints.txt"));
        Replace("    var r = e.UseTransport(new LearningTransport { StorageDirectory = \"./.lt\" });", "    var r = e.UseTransport(new Dovetail.Bus.SqliteTransport(\"bus.db\"));");
        Replace("    e.UsePersistence<LearningPersistence>();", "    e.UsePersistence<Dovetail.Bus.SqlitePersistence>();");

        Compiles(OutputKind.ConsoleApplication, string.Join('\n', program));

        void Replace(string line, string by)
        {
            var at = Array.IndexOf(program, line);
            Assert.IsGreaterThan(0, at, $"The sample has no line '{line}' any more.");
            program[at] = by;
        }
    }

    [TestMethod]
    public void What_applications_commonly_do_compiles_outside_the_engine_s_own_namespaces() =>
        Compiles(OutputKind.DynamicallyLinkedLibrary, File.ReadAllText(TestSources.Api("CommonSubset.cs")).Replace("namespace Dovetail.Bus.Tests.Api;", "namespace Samples;", StringComparison.Ordinal));

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task The_program_of_the_guide_compiles_and_runs_to_its_end()
    {
        using var folder = new TemporaryFolder();
        var guide = File.ReadAllText(TestSources.Guide);
        var program = guide.Split("```csharp\n")[1].Split("```")[0].Replace("\"rental.db\"", $"@\"{folder.File("rental.db")}\"", StringComparison.Ordinal);
        using var assembly = new MemoryStream();
        var made = Assemblies.Compile(OutputKind.ConsoleApplication, program).Emit(assembly, cancellationToken: test.CancellationToken);
        Assert.IsTrue(made.Success, string.Join('\n', made.Diagnostics));

        // It ends by itself once its saga has: what does not work leaves it running.
        var main = Assembly.Load(assembly.ToArray()).EntryPoint!;
        await Task.Run(() => main.Invoke(null, [Array.Empty<string>()]), test.CancellationToken).WaitAsync(test.CancellationToken);
    }

    static void Compiles(OutputKind kind, string program)
    {
        var problems = Assemblies.Compile(kind, program).GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning).ToList();

        Assert.IsEmpty(problems, string.Join('\n', problems));
    }
}
