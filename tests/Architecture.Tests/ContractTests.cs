using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Dovetail.Architecture.Tests;

[TestClass]
public sealed class ContractTests
{
    [TestMethod]
    public void Messages_are_plain_records() =>
        new Rule(
            "a message is a public record that can be made: it travels, is compared and printed, and carries no behaviour. Beside it only enums that it carries.",
            "Declare it as `public sealed record`; move other types out of the Commands, Events and Messages namespaces.")
        .HoldsWithout(InMessageNamespaces().Where(type => !type.IsEnum && (type.IsAbstract || !type.IsRecord())).Select(type => type.FullName!));

    [TestMethod]
    public void Messages_are_described()
    {
        var described = XElement.Load(Path.ChangeExtension(typeof(Contracts.Money).Assembly.Location, ".xml")).Descendants("member")
            .Where(member => !string.IsNullOrWhiteSpace(member.Element("summary")?.Value)).Select(member => member.Attribute("name")!.Value).ToHashSet();

        new Rule(
            "every message says in its XML summary what it asks for or tells, who sends it and who receives it: contracts are read by people who do not see our code.",
            "Write the summary.")
        .HoldsWithout(InMessageNamespaces().Where(type => !described.Contains($"T:{type.FullName}")).Select(type => type.FullName!));
    }

    [TestMethod]
    public void Each_command_has_exactly_one_handler() =>
        new Rule(
            "a command is an order to one receiver: exactly one class of Sagas and Endpoints handles it.",
            "Write the handler, delete the command, or, if several must know, publish an event.")
        .HoldsWithout(
            from command in InMessageNamespaces()
            where command.IsRecord() && command.Namespace!.EndsWith(".Commands", StringComparison.Ordinal)
            let handlers = Handlers.All.Where(handler => handler.Handles(command)).ToList()
            where handlers.Count != 1
            select $"{command.FullName}: {(handlers.Count == 0 ? "nobody handles it" : string.Join(", ", handlers.Select(handler => handler.FullName)))}");

    static IEnumerable<Type> InMessageNamespaces()
    {
        var types = typeof(Contracts.Money).Assembly.GetExportedTypes()
            .Where(type => Regex.IsMatch(type.Namespace!, @"^Dovetail\.Contracts\.\w+\.(Commands|Events|Messages)$")).ToList();
        Assert.IsNotEmpty(types, "No type of Contracts lies in a namespace Dovetail.Contracts.<Conversation>.Commands, Events or Messages, so nothing would be checked.");
        return types;
    }
}
