using System.Collections.Concurrent;
using System.Globalization;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Two endpoints that know all nodes go on with the others, while the one that leads their queue dies and comes back.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class When_nodes_of_the_cluster_are_killed(TestContext test)
{
    const string Queue = "Sales";
    const int Kills = 2;
    const int Senders = 4;

    readonly ConcurrentQueue<string> _effects = [];
    int _sent;

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(240_000, CooperativeCancellation = true)]
    public async Task Every_message_takes_effect_once_and_the_endpoints_move_on()
    {
        await using var cluster = await OwnCluster.Start(Cancellation);
        using var bus = new ClusterBus(cluster);
        await using var scenario = await Scenario.Start(bus,
        [
            (Queue, (sales, _) => sales.On<AskCommand>((ask, context, _) =>
            {
                context.SynchronizedStorageSession.OnCommit(() => _effects.Enqueue($"Sales {ask.Text}"));
                return context.Send("Billing", new AnswerMessage(ask.Text));
            })),
            ("Billing", (billing, _) => billing.On<AnswerMessage>((answer, context, _) =>
            {
                context.SynchronizedStorageSession.OnCommit(() => _effects.Enqueue($"Billing {answer.Text}"));
                return Task.CompletedTask;
            })),
        ], Cancellation);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var sending = Enumerable.Range(0, Senders).Select(_ => Send(scenario.Session(Queue), enough.Token)).ToList();
        for (var kill = 0; kill < Kills; kill++)
        {
            await HasGoneOn();
            var leader = await cluster.LeaderOf(Queue, Cancellation);
            await cluster.Kill(leader, Cancellation);
            await HasGoneOn();
            await cluster.StartAgain(leader, Cancellation);
        }
        await HasGoneOn();
        await enough.CancelAsync();
        await Task.WhenAll(sending);

        var numbers = Enumerable.Range(1, _sent);
        while (_effects.Count < 2 * _sent) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        CollectionAssert.AreEquivalent(numbers.SelectMany(number => new[] { $"Sales {number}", $"Billing {number}" }).ToList(), _effects.ToList());
    }

    /// <summary>Waits until messages that are sent from now on have come through both.</summary>
    async Task HasGoneOn()
    {
        var before = Volatile.Read(ref _sent);
        while (_effects.Count(effect => effect.StartsWith("Billing", StringComparison.Ordinal)) < before + 50) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
    }

    async Task Send(IMessageSession session, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var text = Interlocked.Increment(ref _sent).ToString(CultureInfo.InvariantCulture);
            await session.SendUntilSafe(new AskCommand(text), text, Cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        }
    }

    sealed class ClusterBus(OwnCluster cluster) : IBusUnderTest
    {
        readonly InMemoryBroker _memory = new(CommitMode.Apart);

        public TransportDefinition Transport() => Definition();

        public RoutingSettings Use(EndpointConfiguration endpoint)
        {
            endpoint.EnableInstallers();
            endpoint.Settings.Persistence = new MemoryPersistence(_memory);
            return endpoint.UseTransport(Definition());
        }

        public long Waiting(ITransport transport, string queue) => transport.Waiting(queue, CancellationToken.None).GetAwaiter().GetResult();

        public void Dispose()
        {
            // Nothing of it outlives the cluster.
        }

        RabbitMQTransport Definition()
        {
            var transport = new RabbitMQTransport(RoutingTopology.Conventional(QueueType.Quorum), cluster.Nodes[0].AbsoluteUri)
            {
                NetworkRecoveryInterval = TimeSpan.FromMilliseconds(200),
                DisabledBrokerRequirementChecks = BrokerRequirementChecks.Version310OrNewer | BrokerRequirementChecks.StreamsEnabled,
                ValidateDeliveryLimits = false,
            };
            foreach (var node in cluster.Nodes.Skip(1)) transport.AddClusterNode(node.Host, node.Port, useTls: false);
            return transport;
        }
    }
}
