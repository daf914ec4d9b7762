using Dovetail.Bus.RabbitMQ;
using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What can be said of the transport without a broker.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitSettingsTests
{
    [Scenario(157)]
    [TestMethod]
    [DataRow(8, null, 24), DataRow(1, null, 3), DataRow(8, 2L, 8), DataRow(8, 50L, 50), DataRow(30_000, null, 65_535)]
    public async Task Three_times_as_many_are_handed_out_ahead_as_are_handled_unless_told_otherwise(int concurrency, long? calculated, int expected)
    {
        var transport = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), "host=localhost");
        if (calculated is { } wanted) transport.PrefetchCountCalculation = _ => wanted;
        await using var queues = (RabbitQueues)transport.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance) { Concurrency = concurrency });

        Assert.AreEqual(expected, queues.Prefetch);
    }

    [TestMethod]
    [DataRow("amqp://shop:secret@broker:5673/orders", "broker", 5673, "orders", "shop", "secret", false)]
    [DataRow("amqp://broker", "broker", 5672, "/", "guest", "guest", false)]
    [DataRow("amqps://broker/a%2Fb", "broker", 5671, "a/b", "guest", "guest", true)]
    [DataRow("host=broker;virtualHost=orders;userName=shop;password=a=b", "broker", 5672, "orders", "shop", "a=b", false)]
    [DataRow("Host=broker;Port=5673;UseTls=true", "broker", 5673, "/", "guest", "guest", true)]
    [DataRow("host=broker;useTls=true", "broker", 5671, "/", "guest", "guest", true)]
    public void A_connection_string_is_a_URI_or_a_list(string text, string host, int port, string virtualHost, string user, string password, bool tls) =>
        Assert.AreEqual(new BrokerAddress(host, port, virtualHost, user, password, tls), BrokerAddress.Parse(text));

    [TestMethod]
    [DataRow("host=broker;prefetchcount=7;port=none", "it knows no 'prefetchcount'; port is no number"), DataRow("userName=shop", "host is missing"), DataRow("http://broker", "amqp://"), DataRow("host=broker;useTls=perhaps", "useTls")]
    public void A_connection_string_that_can_not_be_read_says_all_that_is_wrong_with_it(string text, string told) =>
        StringAssert.Contains(Assert.ThrowsExactly<FormatException>(() => BrokerAddress.Parse(text)).Message, told);

    [TestMethod]
    public void No_password_is_told_to_anybody() =>
        Assert.DoesNotContain("secret", new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), "amqp://shop:secret@broker").Describe());
}
