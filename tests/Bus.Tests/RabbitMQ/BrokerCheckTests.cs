using Dovetail.Bus.RabbitMQ.Broker;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What is asked of the broker. RabbitMQ 4 does not run where these tests do: its side is what its documentation says, told by a stub of the management API.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class BrokerCheckTests(TestContext test)
{
    const int Limit = 60_000;
    const string Queue = "queues///Sales";

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task The_broker_of_these_tests_passes()
    {
        using var bus = new RabbitBus();
        await using var transport = bus.Definition(definition =>
        {
            definition.ManagementApiConfiguration = new ManagementApiConfiguration(Servers.RabbitMQManagement.ToString());
            definition.DisabledBrokerRequirementChecks = BrokerRequirementChecks.None;
            definition.ValidateDeliveryLimits = true;
        }).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], Cancellation);

        await transport.Check(["Sales"], Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow("3.9.13", false), DataRow("3.10.0", true), DataRow("3.13.7", true), DataRow("4.0.2-rc.1", true), DataRow("4.1.0", true)]
    public async Task A_broker_must_be_new_enough(string version, bool passes)
    {
        await using var stub = await Stub(version);

        if (passes) await Checks(stub).Pass(Cancellation);
        else StringAssert.Contains((await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Checks(stub).Pass(Cancellation))).Message, "Update the broker");

        await Checks(stub, BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled).Pass(Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Streams_must_be_switched_on()
    {
        await using var stub = await Stub("3.12.0");
        stub.Answers["feature-flags"] = """[{"name":"stream_queue","state":"disabled","stability":"stable"}]""";

        var refused = await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Checks(stub).Pass(Cancellation));

        StringAssert.Contains(refused.Message, "rabbitmqctl enable_feature_flag stream_queue");
        await Checks(stub, BrokerRequirementChecks.StreamsEnabled).Pass(Cancellation);
        stub.Answers["overview"] = """{"product_version":"4.1.0"}""";
        stub.Answers["feature-flags"] = "[]";
        await Checks(stub).Pass(Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Where_the_first_node_is_away_another_one_is_asked()
    {
        await using var stub = await Stub("3.9.13");
        var transport = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), "host=127.0.0.2") { ManagementApiConfiguration = new ManagementApiConfiguration(stub.Url.Replace("127.0.0.1", "127.0.0.2", StringComparison.Ordinal)) };
        await Assert.ThrowsExactlyAsync<StoreAwayException>(() => Of(transport).Pass(Cancellation));

        transport.AddClusterNode("127.0.0.1", useTls: false);

        StringAssert.Contains((await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Of(transport).Pass(Cancellation))).Message, "Update the broker");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_management_API_that_does_not_answer_or_lets_nobody_in_is_told_of_with_what_to_do()
    {
        var away = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), "host=127.0.0.1") { ManagementApiConfiguration = new ManagementApiConfiguration("http://127.0.0.1:1") };
        await using var stub = await Stub("4.0.0");
        var stranger = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), "host=127.0.0.1") { ManagementApiConfiguration = new ManagementApiConfiguration(stub.Url, "stranger", "sandbox") };

        StringAssert.Contains((await Assert.ThrowsExactlyAsync<StoreAwayException>(() => Of(away).Pass(Cancellation))).Message, "rabbitmq-plugins enable rabbitmq_management");
        StringAssert.Contains((await Assert.ThrowsExactlyAsync<StoreAwayException>(() => Of(stranger).Pass(Cancellation))).Message, "monitoring");
    }

    [Scenario(160)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow("3.13.7", """{"type":"quorum","arguments":{"x-queue-type":"quorum"},"effective_policy_definition":{}}""", null, DisplayName = "up to 3 there is no limit")]
    [DataRow("3.13.7", """{"type":"quorum","arguments":{},"effective_policy_definition":{"delivery-limit":5},"policy":"limits"}""", "Policy 'limits'", DisplayName = "unless a policy sets one")]
    [DataRow("4.0.2", """{"type":"quorum","arguments":{"x-queue-type":"quorum"},"effective_policy_definition":{}}""", null, true, DisplayName = "from 4 on it is lifted")]
    [DataRow("4.0.2", """{"type":"quorum","arguments":{},"effective_policy_definition":{"delivery-limit":-1},"policy":"nsb.Sales.delivery-limit"}""", null, true, DisplayName = "our older policy is renewed")]
    [DataRow("4.0.2", """{"type":"quorum","arguments":{},"effective_policy_definition":{"delivery-limit":100000},"policy":"nsb.Sales.delivery-limit"}""", null, DisplayName = "ours is there")]
    [DataRow("4.0.2", """{"type":"quorum","arguments":{"x-delivery-limit":7},"effective_policy_definition":{}}""", "x-delivery-limit 7", DisplayName = "a limit of the queue's own")]
    [DataRow("4.0.2", """{"type":"quorum","arguments":{},"effective_policy_definition":{"max-length":9},"policy":"lengths"}""", "policy 'lengths'", DisplayName = "another policy in the way")]
    [DataRow("4.0.2", """{"type":"classic","arguments":{},"effective_policy_definition":{}}""", null, DisplayName = "classic queues have none")]
    public async Task A_quorum_queue_must_drop_nothing_that_came_back_too_often(string version, string queue, string? problem, bool lifts = false)
    {
        await using var stub = await Stub(version);
        stub.Answers[Queue] = queue;

        if (problem is null) await Checks(stub).CheckQueue("Sales", Cancellation);
        else StringAssert.Contains((await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => Checks(stub).CheckQueue("Sales", Cancellation))).Message, problem);

        var put = stub.Put.SingleOrDefault();
        Assert.AreEqual(lifts ? ("policies///nsb.Sales.delivery-limit", """{"pattern":"^Sales$","apply-to":"quorum_queues","definition":{"delivery-limit":100000},"priority":0}""") : (null, null), (put.Key, put.Value));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(true), DataRow(false)]
    public async Task Nor_what_somebody_reads_in_batches_or_looks_at(bool reads)
    {
        using var bus = new RabbitBus();
        await using var stub = await Stub("4.1.0");
        stub.Answers[$"queues/{bus.VirtualHost}/error"] = """{"type":"quorum","arguments":{},"effective_policy_definition":{}}""";
        await using var queues = new RawQueues(bus.Definition(definition => (definition.ManagementApiConfiguration, definition.ValidateDeliveryLimits) = (new(stub.Url), true)), "Reader", TimeProvider.System, NullLoggerFactory.Instance);
        await Assert.ThrowsExactlyAsync<QueueNotFoundException>(() => queues.Peek("nowhere", 1, Cancellation));
        await queues.Create(["error"], Cancellation);
        await queues.Send("error", [new RawQueueMessage("1", new Dictionary<string, string> { [Headers.MessageId] = "1" }, "{}"u8.ToArray())], Cancellation);

        if (reads)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            await queues.Consume("error", 1, TimeSpan.Zero, (_, _) => enough.CancelAsync(), enough.Token);
        }
        else Assert.HasCount(1, await queues.Peek("error", 1, Cancellation));

        StringAssert.Contains(stub.Put[$"policies/{bus.VirtualHost}/nsb.error.delivery-limit"], "100000");
    }

    static BrokerChecks Checks(ManagementStub stub, BrokerRequirementChecks disabled = BrokerRequirementChecks.None) => Of(new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), "host=127.0.0.1")
    {
        ManagementApiConfiguration = new ManagementApiConfiguration(stub.Url),
        DisabledBrokerRequirementChecks = disabled,
    });

    static BrokerChecks Of(RabbitMQTransport transport) => new(transport, TimeProvider.System, NullLogger.Instance);

    async Task<ManagementStub> Stub(string version)
    {
        var stub = await ManagementStub.Start(Cancellation);
        stub.Answers["overview"] = $$"""{"product_version":"{{version}}","rabbitmq_version":"{{version}}"}""";
        stub.Answers["feature-flags"] = """[{"name":"quorum_queue","state":"enabled"},{"name":"stream_queue","state":"enabled"}]""";
        return stub;
    }
}
