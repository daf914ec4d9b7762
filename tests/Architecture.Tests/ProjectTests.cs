using System.Text.RegularExpressions;

namespace Dovetail.Architecture.Tests;

[TestClass]
public sealed class ProjectTests
{
    static readonly string[] KnownToHubOnly = ["Endpoints", "Gateway", "Sagas", "ServiceControl"];
    static readonly string[] FarFromSagas =
        ["System.Net", "System.Data", "Microsoft.Data", "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore", "Npgsql", "RabbitMQ"];
    static readonly Regex ForeignUsing = new(@"^\s*(global )?using (static |\w+ = )?(?!System\b|Dovetail\.Contracts\b)");

    [TestMethod]
    public void Contracts_refers_to_nothing()
    {
        var contracts = ProjectFile.In("Contracts");
        new Rule(
            "Contracts refers to nothing but System: whoever takes a message, in any process and any version, gets no other dependency with it.",
            "Make it a plain type of Contracts, or keep it out of the message.")
        .HoldsWithout(
            contracts.Projects.Concat(contracts.Packages).Select(reference => $"{contracts.File.Path}: {reference}")
            .Concat(Repository.Code.Where(code => code.Below("Contracts")).SelectMany(code => code.Find(ForeignUsing)))
            .Concat(References("Contracts").Where(name => !name.StartsWith("System.", StringComparison.Ordinal)).Select(name => $"Contracts, compiled: {name}")));
    }

    [TestMethod]
    public void Sagas_knows_the_contracts_and_the_messaging_API_only()
    {
        var sagas = ProjectFile.In("Sagas");
        new Rule(
            "a saga decides and sends; it calls nobody. Sagas refers to Contracts and Bus/Engine only: no HTTP, no SQL.",
            "Send a command to an endpoint that makes the call, and let its reply tell the saga.")
        .HoldsWithout(
            sagas.Projects.Except(["Contracts", "Bus/Engine"]).Concat(sagas.Packages).Select(reference => $"{sagas.File.Path}: {reference}")
            .Concat(References("Sagas").Where(IsFarFromSagas).Select(name => $"Sagas, compiled: {name}")));
    }

    [TestMethod]
    public void Gateway_and_ServiceControl_know_nobodys_code() =>
        new Rule(
            "Gateway routes and ServiceControl watches: both serve systems they do not know, so they refer to no other project of ours.",
            "Declare a small interface on their side and implement it in Hub.")
        .HoldsWithout(
            from project in new[] { "Gateway", "ServiceControl" }.Select(ProjectFile.In)
            from reference in project.Projects
            select $"{project.File.Path}: {reference}");

    [TestMethod]
    public void Only_Hub_knows_them_all() =>
        new Rule(
            "Gateway, ServiceControl, Endpoints and Sagas meet in Hub, which refers to each of them, and nowhere else.",
            "Let the two meet in a message of Contracts, or compose them in Hub.")
        .HoldsWithout(
            (from project in Repository.Product.Where(project => project.Folder != "Hub")
             from reference in project.Projects.Intersect([.. KnownToHubOnly, "Hub"])
             select $"{project.File.Path}: {reference}")
            .Concat(KnownToHubOnly.Except(ProjectFile.In("Hub").Projects).Select(missing => $"Hub/Hub.csproj: no reference to {missing}")));

    [TestMethod]
    public void There_is_one_for_each_top_level_folder() =>
        new Rule(
            "a top-level folder is one project, named like the folder; only Bus and tests hold several. Features are folders in a project.",
            "Make it a folder of an existing project. A new project is something deployed alone, or a dependency that someone may not want: then it gets a top-level folder.")
        .HoldsWithout(Repository.Projects.Where(project => !HasItsPlace(project)).Select(project => project.File.Path));

    [TestMethod]
    public void Packages_have_their_version_in_one_place() =>
        new Rule(
            "every package has its version in Directory.Packages.props and nowhere else.",
            "Move the version there as a PackageVersion, and leave only the name at the reference.")
        .HoldsWithout(Repository.Files.Where(file => file.Has(".csproj") || file.Has(".props") || file.Has(".targets"))
            .SelectMany(file => file.Find(new Regex(@"<PackageReference\b.*\bVersion(Override)?\s*="))));

    static bool HasItsPlace(ProjectFile project) => project.Folder.Split('/') switch
    {
        [var only] => project.File.Path == $"{only}/{only}.csproj",
        ["Bus" or "tests", var name] => project.File.Path == $"{project.Folder}/{name}.csproj",
        _ => false,
    };

    static bool IsFarFromSagas(string assembly) => FarFromSagas.Any(far => $"{assembly}.".StartsWith($"{far}.", StringComparison.Ordinal));

    static IEnumerable<string> References(string project) => ProjectFile.In(project).Load()!.GetReferencedAssemblies().Select(reference => reference.Name!);
}
