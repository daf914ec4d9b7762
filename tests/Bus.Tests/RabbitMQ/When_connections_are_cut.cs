using System.Collections.Concurrent;
using System.Globalization;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>Every connection of two endpoints is cut, over and over, at whatever moment: in the middle of handlers, commits, publishes and acknowledgements.</summary>
[TestClass, RunsOn(RunsOnAttribute.RabbitMQ)]
public sealed class When_connections_are_cut(TestContext test) : BusContract(test)
{
    const int Messages = 300;
    const int Cuts = 8;

    readonly RabbitBus _bus = new();
    readonly ConcurrentQueue<string> _effects = [];
    readonly Relay _relay = new(Servers.RabbitMQ.Host, Servers.RabbitMQ.Port);

    [TestMethod, Timeout(120_000, CooperativeCancellation = true)]
    public async Task Every_message_takes_effect_once()
    {
        using var relay = _relay;
        _bus.Broker = new UriBuilder(_bus.Broker) { Port = relay.Port }.Uri;
        await using var scenario = await Start(
            ("Sales", (sales, _) => sales.On<AskCommand>((ask, context, _) =>
            {
                context.SynchronizedStorageSession.OnCommit(() => _effects.Enqueue($"Sales {ask.Text}"));
                return context.Send("Billing", new AnswerMessage(ask.Text));
            })
        ),
            ("Billing", (billing, _) => billing.On<AnswerMessage>((answer, context, _) =>
            {
                context.SynchronizedStorageSession.OnCommit(() => _effects.Enqueue($"Billing {answer.Text}"));
                return Task.CompletedTask;
            })
        ));
        var cutting = CutAll();
        var sent = 0;
        while (!cutting.IsCompleted || sent < Messages)
        {
            var text = (sent++).ToString(CultureInfo.InvariantCulture);
            await scenario.Session("Sales").SendUntilSafe(new AskCommand(text), text, Cancellation);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
        }
        await cutting;

        while (_effects.Count < 2 * sent) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        await Settled("Sales");
        await Settled("Billing");
        CollectionAssert.AreEquivalent(Enumerable.Range(0, sent).SelectMany(number => new[] { $"Sales {number}", $"Billing {number}" }).ToList(), _effects.ToList());
        Assert.AreEqual(0, await Waiting("error"));
    }

    private protected override IBusUnderTest CreateBus() => _bus;

    async Task CutAll()
    {
        for (var cut = 0; cut < Cuts; cut++)
        {
            var before = _effects.Count;
            while (_effects.Count < before + 10) await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Cancellation);
            // Two endpoints, each with a connection to send and one to receive.
            Assert.IsGreaterThan(0, _relay.Cut());
        }
    }
}
