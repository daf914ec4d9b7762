using System.Diagnostics;

namespace Dovetail.Bus.Tests.Api;

/// <summary>The hub on the other engine: its packages can't be had everywhere, its API can. So the switch can't rot.</summary>
[TestClass]
public sealed class OfficialEngineTests(TestContext test)
{
    // No process of the build outlives the test, and what `dotnet test` told its own children is none of the build's business.
    static readonly string[] BuildsAlone = ["-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:UseAppHost=false", "-p:DebugType=none", "-v", "q", "--nologo"];

    [TestMethod, Timeout(600_000, CooperativeCancellation = true)]
    public async Task The_hub_builds_on_the_API_of_NServiceBus_without_a_warning_and_without_the_built_in_engine()
    {
        using var folder = new TemporaryFolder();
        var (api, output) = (Directory.CreateDirectory(folder.File("api")).FullName, folder.File("output"));
        var wrong = OfficialStub.Emit(api);
        Assert.IsEmpty(wrong, $"The copy of chapter A can't be made into assemblies:\n{string.Join('\n', wrong)}");

        var (code, said) = await Build("build", "Hub", "-p:Engine=NServiceBus", $"-p:OfficialApi={api}", "--artifacts-path", output);

        Assert.AreEqual(0, code, $"dotnet build Hub -p:Engine=NServiceBus failed. What compiles on Bus/ alone belongs into Hub/Engines/BuiltIn.cs, with its counterpart in Official.cs:\n{said}");
        var built = Directory.GetFiles(Path.Combine(output, "bin", "Hub", "debug"), "*.dll").Select(Path.GetFileName).ToList();
        Assert.Contains("Dovetail.Hub.dll", built);
        Assert.Contains("NServiceBus.Core.dll", built);
        Assert.IsEmpty(built.Where(file => file!.StartsWith("Dovetail.Bus", StringComparison.Ordinal)));
    }

    async Task<(int Code, string Said)> Build(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [.. arguments, .. BuildsAlone]) { WorkingDirectory = TestSources.Repository, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || key.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(inherited);
        using var build = Process.Start(start)!;
        try
        {
            var said = await Task.WhenAll(build.StandardOutput.ReadToEndAsync(test.CancellationToken), build.StandardError.ReadToEndAsync(test.CancellationToken));
            await build.WaitForExitAsync(test.CancellationToken);
            return (build.ExitCode, string.Concat(said));
        }
        finally
        {
            if (!build.HasExited) build.Kill(entireProcessTree: true);
        }
    }
}
