using System.Xml.Linq;

namespace Dovetail.Architecture.Tests;

/// <summary>The first to read: a test that looks into the wrong folder finds nothing wrong there.</summary>
[TestClass]
public sealed class These_tests
{
    static readonly string[] DesignedProjects = ["Bus/Engine", "Bus/Sql", "Contracts", "Endpoints", "Gateway", "Hub", "Sagas", "ServiceControl"];

    static readonly string[] WellKnownFiles =
    [
        ".editorconfig", "Bus/Engine/Handlers/Handlers.cs", "Contracts/Orders/Commands.cs", "Directory.Build.props", "docs/an-order.md",
        "Endpoints/Endpoints.csproj", "Gateway/Gateway.csproj", "Hub/Program.cs", "Sagas/Sagas.csproj", "ServiceControl/ServiceControl.csproj",
        "tests/Architecture.Tests/These_tests.cs", "tests/run",
    ];

    [TestMethod]
    public void See_the_files_that_are_there_for_certain() =>
        new Rule(
            "these tests read the repository, so they must see its well-known files.",
            $"If such a file was moved, correct {nameof(WellKnownFiles)} in this test; otherwise {nameof(Repository)} looks in the wrong place.")
        .HoldsWithout(WellKnownFiles.Except(Repository.Files.Select(file => file.Path)));

    [TestMethod]
    public void See_a_project_with_code_in_every_folder_of_the_design() =>
        new Rule(
            "every folder of the design is a project and has code; without them the rules about them hold for nothing.",
            $"Put the folder back; or, if the design has changed, correct {nameof(DesignedProjects)} in this test and every rule that names the folder.")
        .HoldsWithout(
            DesignedProjects.Except(Repository.Projects.Select(project => project.Folder)).Select(folder => $"{folder}: no project")
            .Concat(Repository.Projects.Where(project => !Repository.Code.Any(code => code.Below(project.Folder))).Select(project => $"{project.Folder}: no code")));

    [TestMethod]
    public void See_the_projects_of_the_solution_and_no_others()
    {
        var seen = Repository.Projects.Select(project => project.File.Path).ToList();
        var listed = XElement.Parse(Repository.Files.Single(file => file.Path == "Dovetail.slnx").Text)
            .Descendants("Project").Select(project => project.Attribute("Path")!.Value).ToList();

        new Rule(
            "Dovetail.slnx lists every project, or the build and the test command pass it by.",
            "Add the project to Dovetail.slnx, or delete what is left of it.")
        .HoldsWithout(
            seen.Except(listed).Select(path => $"{path}: not in Dovetail.slnx")
            .Concat(listed.Except(seen).Select(path => $"{path}: in Dovetail.slnx, but not on disk")));
    }

    [TestMethod]
    public void See_the_types_of_every_product_assembly() =>
        new Rule(
            "rules about types look at the compiled product, so its types must be there.",
            $"Refer to the project from Hub, through which these tests see it, or correct {nameof(Repository)}.{nameof(Repository.Types)}.")
        .HoldsWithout(Repository.Product
            .Where(project => project.Load()?.GetTypes().Any(type => type.Namespace is not null) is not true).Select(project => project.Folder));
}
