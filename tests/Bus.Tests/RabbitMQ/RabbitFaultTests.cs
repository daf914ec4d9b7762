using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Dovetail.Bus.RabbitMQ.Connections;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using TransportContext = Dovetail.Bus.Transport.TransportContext;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What becomes of endpoints whose broker dies, or loses patience with them.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class RabbitFaultTests(TestContext test)
{
    const int Limit = 180_000;

    CancellationToken Cancellation => test.CancellationToken;

    [Scenario(156)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_broker_that_is_killed_and_comes_back_loses_and_doubles_nothing()
    {
        await using var broker = await OwnBroker.Start(static _ => { }, Cancellation);
        await using var scenario = await Start(broker, sales => sales.Hear<AskCommand>());
        var health = scenario.Services.GetRequiredService<BusHealth>();
        for (var number = 0; number < 20; number++) await scenario.Session("Sales").SendLocal(Numbered(number), Cancellation);
        await broker.Kill(Cancellation);
        await Until(() => !health.IsReady);
        Assert.IsTrue(health.IsLive, "A broker that is away is no reason to start the process anew.");
        await Assert.ThrowsExactlyAsync<StoreAwayException>(() => scenario.Session("Sales").SendLocal(Numbered(20), Cancellation));

        await broker.StartAgain(Cancellation);

        for (var number = 20; number < 40; number++) await Insist(() => scenario.Session("Sales").SendLocal(Numbered(number), Cancellation));
        await Until(() => health.IsReady);
        var heard = await scenario.Notes.Until<Arrived>(40, Cancellation);
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 40).Select(Numbered).ToList(), heard.Select(one => (AskCommand)one.Message).Distinct().ToList());
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_node_that_takes_connections_and_says_nothing_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var connections = Connections($"amqp://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");

        var away = await Assert.ThrowsExactlyAsync<StoreAwayException>(() => connections.Open("Test", Cancellation));

        Assert.Contains("can't be reached", away.Message);
        using var given = await silent.AcceptSocketAsync(Cancellation);
        try
        {
            while (await given.ReceiveAsync(new byte[64], Cancellation) > 0)
            {
                // What the client said before it gave up. A socket that it kept open would be one more with each attempt, and this would not end.
            }
        }
        catch (SocketException cut) when (cut.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Cut or closed: it is gone.
        }
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Where_one_node_says_nothing_each_connection_is_opened_to_another_and_only_the_first_waits()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var connections = Connections(Servers.RabbitMQ.AbsoluteUri, transport => transport.AddClusterNode("127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port, useTls: false));

        for (var number = 0; number < 10; number++)
        {
            await using var connection = await connections.Open("Test", Cancellation);
            Assert.AreEqual(Servers.RabbitMQ.Port, connection.Endpoint.Port);
        }

        if (silent.Pending()) (await silent.AcceptSocketAsync(Cancellation)).Dispose();
        Assert.IsFalse(silent.Pending(), "A node that has just said nothing was asked again before the other.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_handler_that_outlasts_the_broker_s_patience_is_warned_of_and_finishes_once_while_others_go_on()
    {
        var patience = TimeSpan.FromSeconds(4);
        await using var broker = await OwnBroker.Start(transport => transport.ExpectConsumerTimeout(patience), Cancellation, string.Create(CultureInfo.InvariantCulture, $"consumer_timeout = {(int)patience.TotalMilliseconds}"));
        await using var scenario = await Start(broker, sales =>
        {
            sales.AddHandler<WaitingHandler>();
            sales.Hear<AskCommand>();
            sales.LimitMessageProcessingConcurrencyTo(2);
        });
        await scenario.Session("Sales").SendLocal(new WaitCommand(), Cancellation);
        await scenario.Notes.Until<WaitCommand>(1, Cancellation);
        await Until(() => Logged("takes it back after"));
        await Until(() => Logged("was handed out once more while it is being handled here"));

        for (var number = 0; number < 20; number++) await scenario.Session("Sales").SendLocal(Numbered(number), Cancellation);
        Assert.HasCount(20, await scenario.Notes.Until<Arrived>(20, Cancellation));
        scenario.Notes.Gate("partner").SetResult();

        await using var transport = broker.Transport().Create(new TransportContext("Test", TimeProvider.System, scenario.Services.GetRequiredService<ILoggerFactory>()));
        await scenario.Stop(Cancellation);
        Assert.AreEqual(0, await transport.Waiting("Sales", Cancellation));
        Assert.AreEqual(0, await transport.Waiting("error", Cancellation));
        Assert.HasCount(1, scenario.Notes.Of<WaitCommand>());
        Assert.HasCount(20, scenario.Notes.Of<Arrived>());

        bool Logged(string what) => scenario.Notes.Of<Logged>().Any(line => line.Text.Contains(what, StringComparison.Ordinal));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_node_that_does_not_answer_is_passed_over()
    {
        using var bus = new RabbitBus();
        var address = VirtualHosts.Broker(bus.VirtualHost);
        var definition = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Classic), $"host=127.0.0.1;port=1;virtualHost={bus.VirtualHost}") { DisabledBrokerRequirementChecks = BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled };
        definition.AddClusterNode(address.Host, address.Port, useTls: false);
        await using var transport = definition.Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));

        await transport.CreateQueues(["Sales"], Cancellation);
        await using var receiver = transport.Receive("Sales");
        await transport.Send([new OutgoingOperation("1", [], "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);

        Assert.AreEqual("1", (await receiver.Take(1, Cancellation)).Single().NativeId);
    }

    static AskCommand Numbered(int number) => new(number.ToString(CultureInfo.InvariantCulture));

    Task<Scenario> Start(OwnBroker broker, Action<EndpointConfiguration> configure) => Scenario.Start(broker, [("Sales", (endpoint, _) => configure(endpoint))], Cancellation);

    async Task Until(Func<bool> isTrue)
    {
        while (!isTrue()) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
    }

    static BrokerConnections Connections(string address, Action<RabbitMQTransport>? adjust = null)
    {
        var transport = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), address);
        adjust?.Invoke(transport);
        return new(transport, new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance), NullLogger.Instance);
    }

    async Task Insist(Func<Task> send)
    {
        while (true)
        {
            try
            {
                await send();
                return;
            }
            catch (StoreAwayException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancellation);
            }
        }
    }
}
