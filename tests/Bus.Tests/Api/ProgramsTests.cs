using Microsoft.CodeAnalysis;

namespace Dovetail.Bus.Tests.Api;

/// <summary>Programs written for NServiceBus, compiled against this engine. They see what an application sees.</summary>
[TestClass]
public sealed class ProgramsTests
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

    static void Compiles(OutputKind kind, string program)
    {
        var problems = Assemblies.Compile(kind, program).GetDiagnostics().Where(problem => problem.Severity >= DiagnosticSeverity.Warning).ToList();

        Assert.IsEmpty(problems, string.Join('\n', problems));
    }
}
