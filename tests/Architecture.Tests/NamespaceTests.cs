using System.Text.RegularExpressions;

namespace Dovetail.Architecture.Tests;

[TestClass]
public sealed class NamespaceTests
{
    /// <summary>Rooms of Endpoints that serve all endpoints and know none.</summary>
    static readonly string[] RoomsForAll = ["Answers", "Connectors", "Database", "Forms", "Hooks", "Identity", "Live", "Operations", "Settings"];

    [TestMethod]
    public void An_endpoint_never_names_another() =>
        new Rule(
            "the folders of Endpoints never name each other: endpoints meet in the messages of Contracts. " +
            $"All may use {string.Join(", ", RoomsForAll)}, which know none of them; nobody uses Sandbox, which stands for systems of others.",
            "Send a message to the other endpoint; or, if it is no business of either, move it to a room for all.")
        .HoldsWithout(
            from room in Rooms().Except(RoomsForAll)
            from code in Repository.Code
            where code.Below("Endpoints") && !code.Below($"Endpoints/{room}")
            from line in Mentions(code, $"Dovetail.Endpoints.{room}")
            select line);

    [TestMethod]
    public void Nobody_names_the_built_in_bus_but_its_engine_file() =>
        new Rule(
            "the product is written against the messaging API (namespace NServiceBus); only Hub/Engines knows which engine runs it, so that the engine can be exchanged.",
            "Use the messaging API. If it lacks something, declare a small interface where you need it and implement it in Hub/Engines.")
        .HoldsWithout(
            from code in Repository.Code
            where !code.Below("Bus") && !code.Below("Hub/Engines") && !code.Below("tests")
            from line in Mentions(code, "Dovetail.Bus")
            select line);

    static IEnumerable<string> Rooms() =>
        Repository.Code.Where(code => code.Below("Endpoints")).Select(code => code.Folder.Split('/')).Where(path => path.Length > 1).Select(path => path[1]).Distinct();

    /// <summary>Lines with the namespace in full, or in short as code inside Dovetail may write it: `Payments.LedgerRow`.</summary>
    static IEnumerable<string> Mentions(SourceFile code, string room)
    {
        var members = Repository.Types.Select(type => type.FullName!).Where(name => name.StartsWith($"{room}.", StringComparison.Ordinal))
            .Select(name => Regex.Match(name[(room.Length + 1)..], @"^\w+").Value).Distinct();
        return code.Find(new Regex($@"\b{Regex.Escape(room)}\b|(?<![\w.])(Endpoints\.)?{room.Split('.')[^1]}\.({string.Join('|', members.DefaultIfEmpty("-"))})\b"));
    }
}
