using System.Text.Json;
using Dovetail.Bus.RabbitMQ.Topology;
using Dovetail.Bus.Tests.Api;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What our endpoints make on the broker, beside what NServiceBus 10.2 was seen to make.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitTopologyTests(TestContext test) : BusContract(test)
{
    readonly RabbitBus _bus = new();

    [Scenario(148, 150)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Queues_exchanges_and_bindings_are_the_captured_ones()
    {
        await using var scenario = await Start(
            ("Sales", (sales, _) =>
            {
                sales.Hear<OrderBilled>();
                sales.AuditProcessedMessagesTo("audit");
                AreEvents(sales);
            }
        ),
            ("Billing", (billing, _) =>
            {
                billing.Hear<OrderPlaced>();
                billing.Hear<IOrderEvent>();
                AreEvents(billing);
            }
        ));

        Same(Lines("30-rabbit-exchanges.txt"), await Ours("exchanges", exchange => $"{Name(exchange, "name")}\t{Text(exchange, "type")}\t{Text(exchange, "durable")}\t{Text(exchange, "auto_delete")}\t{Text(exchange, "internal")}\t[]\t"));
        Same([.. Lines("31-rabbit-queues.txt").Select(line => line.TrimEnd('0', '2', '5', '7'))], await Ours("queues", queue => $"{Name(queue, "name")}\tquorum\t{Text(queue, "durable")}\t{Text(queue, "auto_delete")}\t\t{Arguments(queue)}\t\t"));
        Same(Lines("32-rabbit-bindings.txt"), await Ours("bindings", binding =>
            $"{Name(binding, "source")}\texchange\t{Name(binding, "destination")}\t{Text(binding, "destination_type")}\t{Key(binding)}\t[]"));
    }

    [Scenario(234)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Without_installers_nothing_is_made()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<AskCommand>();
            sales.Settings.InstallersEnabled = false;
        });

        // It goes on asking for its queue, and takes its messages once somebody has made it.
        var health = scenario.Services.GetRequiredService<BusHealth>();
        while (health.Endpoints.Single().Receivers.Single() is not { Activity: ReceiverActivity.Away, Problem: var problem } || !problem!.Contains("'Sales'", StringComparison.Ordinal)) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        Assert.IsEmpty((await VirtualHosts.Ask($"queues/{_bus.VirtualHost}?columns=name", Cancellation)).EnumerateArray().Where(queue => Text(queue, "name") == "Sales").ToList());
        await CreateQueues("Sales");
        await scenario.Session("Sales").SendLocal(new AskCommand("x"), Cancellation);
        await scenario.Notes.Until<Arrived>(1, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_instance_has_a_queue_of_its_own_that_hears_of_no_events()
    {
        await using var scenario = await Start("Sales", sales =>
        {
            sales.Hear<OrderBilled>();
            sales.MakeInstanceUniquelyAddressable("node1");
            AreEvents(sales);
        });

        var bindings = await Ours("bindings", binding => $"{Name(binding, "source")} > {Name(binding, "destination")} {Text(binding, "routing_key")}");
        CollectionAssert.IsSubsetOf(new[] { "Sales-node1 > Sales-node1 ", "nsb.v2.delay-delivery > Sales-node1 #.Sales-node1" }, bindings);
        Assert.DoesNotContain("Shop.Messages:OrderBilled > Sales-node1 ", bindings);
    }

    [Scenario(161)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_direct_topology_has_queues_and_keys_and_no_exchanges()
    {
        await using var transport = _bus.Definition(topology: RoutingTopology.Direct(QueueType.Quorum)).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], [], Cancellation);
        await transport.Subscribe("Sales", [typeof(OrderBilled), typeof(IOrderEvent)], Cancellation);

        CollectionAssert.AreEqual(
            new[] { " > Sales Sales", "amq.topic > Sales Shop-Messages-IOrderEvent.#", "amq.topic > Sales Shop-Messages-IOrderEvent.Shop-Messages-OrderBilled.#", "nsb.v2.delay-delivery > Sales #.Sales" },
            (await Ours("bindings", binding => $"{Name(binding, "source")} > {Name(binding, "destination")} {Text(binding, "routing_key").Replace(Ns.Replace('.', '-'), "Shop-Messages", StringComparison.Ordinal)}"))
                .Where(line => line.Contains("> Sales ", StringComparison.Ordinal)).ToArray());
        await transport.Send([Event("1"), new OutgoingOperation("2", [], "{}"u8.ToArray(), new Target.Queue("Sales")), new OutgoingOperation("3", [], "{}"u8.ToArray(), new Target.Queue("Sales"), TimeProvider.System.GetUtcNow())], Cancellation);
        await transport.Unsubscribe("Sales", [typeof(OrderBilled)], Cancellation);
        await transport.Unsubscribe("Sales", [typeof(IOrderEvent)], Cancellation);
        await transport.Send([Event("4"), new OutgoingOperation("5", [], "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);

        CollectionAssert.AreEquivalent(new[] { "1", "2", "3", "5" }, (await Take(transport, "Sales", 4)).Select(message => message.NativeId).ToList());

        static OutgoingOperation Event(string id) => new(id, [], "{}"u8.ToArray(), new Target.Subscribers(typeof(OrderBilled)));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_queue_of_another_kind_is_told_of_with_what_to_do()
    {
        await using var raw = await RawBroker.Connect(_bus.VirtualHost, Cancellation);
        await raw.Channel.QueueDeclareAsync("Sales", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancellation);
        await using var transport = Open();

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => transport.CreateQueues(["Sales"], Cancellation));

        StringAssert.Contains(refused.Message, "Choose the queue type that it has");
    }

    [TestMethod]
    [DataRow(0, "nsb.v2.delay-level-00", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.Sales.Orders")]
    [DataRow(10, "nsb.v2.delay-level-03", "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.1.0.Sales.Orders")]
    [DataRow(268_435_455, "nsb.v2.delay-level-27", "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.Sales.Orders")]
    public void A_delay_is_a_key_in_binary(int seconds, string exchange, string key) => Assert.AreEqual((exchange, key), DelayInfrastructure.Way(seconds, "Sales.Orders"));

    [Scenario(84)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_delay_beyond_what_the_queues_can_hold_is_refused()
    {
        await using var transport = Open();
        await transport.CreateQueues(["Sales"], Cancellation);

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() =>
            transport.Send([new OutgoingOperation("1", [], "{}"u8.ToArray(), new Target.Queue("Sales"), TimeProvider.System.GetUtcNow().AddSeconds(268_435_465))], Cancellation));

        StringAssert.Contains(refused.Message, "268435455");
    }

    private protected override IBusUnderTest CreateBus() => _bus;

    static void AreEvents(EndpointConfiguration endpoint) => endpoint.Conventions().DefiningEventsAs(typeof(IOrderEvent).IsAssignableFrom);

    static string Ns => typeof(OrderBilled).Namespace!;

    static void Same(List<string> expected, List<string> actual) => Assert.AreEqual(string.Join('\n', expected), string.Join('\n', actual));

    static List<string> Lines(string file) => [.. File.ReadAllLines(TestSources.RabbitMQ(file))
        .Where(line => line.Contains('\t', StringComparison.Ordinal) && !line.Contains("tap.firehose", StringComparison.Ordinal) && !line.Contains("Particular.", StringComparison.Ordinal)
            && !line.StartsWith("amq.", StringComparison.Ordinal) && !line.StartsWith("name\t", StringComparison.Ordinal) && !line.StartsWith("source_name", StringComparison.Ordinal) && !line.StartsWith("\tdirect", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    async Task<List<string>> Ours(string what, Func<JsonElement, string> line) => [.. (await VirtualHosts.Ask($"{what}/{_bus.VirtualHost}", Cancellation)).EnumerateArray()
        .Where(one => what != "exchanges" || Text(one, "name") is { Length: > 0 } name && !name.StartsWith("amq.", StringComparison.Ordinal)).Select(line).Order(StringComparer.Ordinal)];

    static string Name(JsonElement one, string property) => Text(one, property).Replace($"{Ns}:", "Shop.Messages:", StringComparison.Ordinal);

    static string Text(JsonElement one, string property) => one.GetProperty(property) switch
    {
        { ValueKind: JsonValueKind.True } => "true",
        { ValueKind: JsonValueKind.False } => "false",
        var text => text.GetString()!,
    };

    static string Key(JsonElement binding) => Text(binding, "routing_key");

    static string Arguments(JsonElement queue)
    {
        var arguments = queue.GetProperty("arguments");
        var known = new[] { "x-queue-type", "x-dead-letter-strategy", "x-overflow", "x-message-ttl", "x-dead-letter-exchange" };
        return $"[{string.Join(',', known.Where(name => arguments.TryGetProperty(name, out _)).Select(name => $"{{\"{name}\",{arguments.GetProperty(name).GetRawText()}}}"))}]";
    }
}
