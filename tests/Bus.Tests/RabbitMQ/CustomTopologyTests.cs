using Dovetail.Bus.RabbitMQ.Topology;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Transport;
using NServiceBus.Transport.RabbitMQ;
using NServiceBus.Unicast.Messages;
using RabbitMQ.Client;
using TransportContext = Dovetail.Bus.Transport.TransportContext;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>A topology of one's own may do more than one publish for a message, and each of them is waited for.</summary>
[TestClass]
public sealed class CustomTopologyTests(TestContext test)
{
    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task Whatever_it_publishes_is_confirmed()
    {
        using var bus = new RabbitBus();
        await using var transport = bus.Definition(topology: RoutingTopology.Custom(new Twice(new DirectTopology(QueueType.Quorum, true, null, null)))).Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], test.CancellationToken);

        for (var batch = 0; batch < 5; batch++)
            await transport.Send([.. Enumerable.Range(0, 10).Select(number => new OutgoingOperation($"{batch}-{number}", [], "{}"u8.ToArray(), new Target.Queue("Sales")))], test.CancellationToken);

        Assert.AreEqual(100, await transport.Waiting("Sales", test.CancellationToken));
    }

    sealed class Twice(IRoutingTopology inner) : IRoutingTopology
    {
        public ValueTask BindToDelayInfrastructure(IChannel channel, string address, string deliveryExchange, string routingKey, CancellationToken cancellationToken = default) =>
            inner.BindToDelayInfrastructure(channel, address, deliveryExchange, routingKey, cancellationToken);

        public ValueTask Initialize(IChannel channel, IEnumerable<string> receivingAddresses, IEnumerable<string> sendingAddresses, CancellationToken cancellationToken = default) =>
            inner.Initialize(channel, receivingAddresses, sendingAddresses, cancellationToken);

        public ValueTask Publish(IChannel channel, Type type, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default) =>
            inner.Publish(channel, type, message, properties, cancellationToken);

        public ValueTask RawSendInCaseOfFailure(IChannel channel, string address, ReadOnlyMemory<byte> body, BasicProperties properties, CancellationToken cancellationToken = default) =>
            inner.RawSendInCaseOfFailure(channel, address, body, properties, cancellationToken);

        public async ValueTask Send(IChannel channel, string address, OutgoingMessage message, BasicProperties properties, CancellationToken cancellationToken = default)
        {
            await inner.Send(channel, address, message, properties, cancellationToken);
            await inner.Send(channel, address, message, properties, cancellationToken);
        }

        public ValueTask SetupSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default) =>
            inner.SetupSubscription(channel, type, subscriberName, cancellationToken);

        public ValueTask TeardownSubscription(IChannel channel, MessageMetadata type, string subscriberName, CancellationToken cancellationToken = default) =>
            inner.TeardownSubscription(channel, type, subscriberName, cancellationToken);
    }
}
