using System.Reflection;
using System.Text.Json.Nodes;
using Dovetail.Hub.Commands;
using Dovetail.Hub.Reference;
using Dovetail.Hub.Roles;
using Dovetail.Hub.Settings;
using Dovetail.Sagas;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using NServiceBus;

namespace Dovetail.Hub.Tests;

[TestClass]
public sealed class ContractsDocumentTests(TestContext test)
{
    static readonly string Approved = Path.Combine(
        typeof(ContractsDocumentTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "Documents").Value!, "contracts.asyncapi.json");

    readonly IReadOnlyList<MessageStory> _stories = MessageStory.All(CodeComments.Of(typeof(Contracts.Money).Assembly));

    [TestMethod]
    public void Is_the_one_that_was_approved()
    {
        var document = ContractsDocument.Write();
        if (Environment.GetEnvironmentVariable("DOVETAIL_APPROVE") == "1") File.WriteAllText(Approved, document);

        Assert.AreEqual(File.ReadAllText(Approved), document,
            "The messages or their comments changed, and docs/contracts.asyncapi.json tells it as it was. Run again with DOVETAIL_APPROVE=1, look at the difference, and commit it.");
    }

    [TestMethod]
    public void Names_as_receivers_of_commands_and_replies_the_endpoints_that_handle_them()
    {
        var handled = new[] { typeof(SagasEndpoint).Assembly, typeof(Endpoints.Shop.ShopEndpoint).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetInterfaces(), (type, face) => (type, face))
            .Where(pair => pair.face.IsGenericType && pair.face.GetGenericTypeDefinition() == typeof(IHandleMessages<>))
            .ToLookup(pair => pair.face.GetGenericArguments()[0], pair => EndpointOf(pair.type));

        Compare(MessageKind.Command, story => handled[story.Type]);
        Compare(MessageKind.Message, story => handled[story.Type]);
    }

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Names_as_receivers_of_events_the_endpoints_that_subscribe_to_them()
    {
        var subscribers = (await Subscriptions()).ToLookup(subscription => subscription.Event, subscription => subscription.Endpoint);

        Compare(MessageKind.Event, story => subscribers[story.Type.FullName!]);
    }

    [TestMethod]
    public void Lets_only_the_receiver_of_a_command_reply_to_it() =>
        Assert.AreEqual("", string.Join(Environment.NewLine,
            from reply in _stories
            from command in _stories.Where(command => reply.RepliesTo.Contains(command.Type.Name))
            where !reply.Senders.SequenceEqual(command.Receivers)
            select $"{reply.Type.Name} is sent by {string.Join(", ", reply.Senders)} and answers {command.Type.Name}, which {string.Join(", ", command.Receivers)} receives."));

    [TestMethod]
    public void Says_of_every_reply_what_it_replies_to() =>
        Assert.AreEqual("", string.Join(", ", _stories.Where(story => story.Kind is MessageKind.Message && story.RepliesTo.Count == 0).Select(story => story.Type.Name)));

    [TestMethod]
    public void Writes_values_as_they_are_on_the_wire()
    {
        var schemas = JsonNode.Parse(ContractsDocument.Write())!["components"]!["schemas"]!;

        Assert.AreEqual("integer", (string?)schemas["ShipmentState"]!["type"]);
        Assert.AreEqual("""["string","null"]""", schemas["Standing"]!["properties"]!["Deadline"]!["type"]!.ToJsonString());
        Assert.AreEqual("date-time", (string?)schemas["Standing"]!["properties"]!["Deadline"]!["format"]);
        Assert.AreEqual("""["Sequence","At"]""", schemas["Standing"]!["required"]!.ToJsonString());
        Assert.AreEqual("number", (string?)schemas["Money"]!["properties"]!["Amount"]!["type"]);
    }

    void Compare(MessageKind kind, Func<MessageStory, IEnumerable<string>> really) =>
        Assert.AreEqual("", string.Join(Environment.NewLine,
            from story in _stories
            where story.Kind == kind
            let named = string.Join(", ", story.Receivers.Order())
            let found = string.Join(", ", really(story).Distinct().Order())
            where named != found
            select $"The comment on {story.Type.FullName} names as receivers: {named}. Found: {found}."));

    /// <summary>What a hub that starts writes down.</summary>
    async Task<IReadOnlyList<(string Event, string Endpoint)>> Subscriptions()
    {
        var folder = Directory.CreateTempSubdirectory("dovetail-export-");
        try
        {
            var configuration = HubConfiguration.Read([.. DemoCommand.ForTheDemo(folder.FullName), new("Hub:Roles", string.Join(',', RunningHub.AllRoles.Except(["gateway"])))]);
            await using (var hub = await RunningHub.Start(configuration, test.CancellationToken)) await hub.Stop(test.CancellationToken);

            await using var connection = new SqliteConnection(configuration.GetConnectionString("Dovetail") + ";Pooling=False");
            await connection.OpenAsync(test.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "SELECT Topic, Endpoint FROM SubscriptionRouting";
            await using var rows = await command.ExecuteReaderAsync(test.CancellationToken);
            var subscriptions = new List<(string, string)>();
            while (await rows.ReadAsync(test.CancellationToken)) subscriptions.Add((rows.GetString(0), rows.GetString(1)));
            return subscriptions;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static string EndpointOf(Type handler) => handler.Namespace!.Split('.') is ["Dovetail", "Endpoints", var name, ..] ? name : handler.Namespace!.Split('.')[1];
}
