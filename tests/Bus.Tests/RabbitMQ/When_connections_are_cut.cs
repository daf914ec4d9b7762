using System.Collections.Concurrent;
using System.Globalization;
using Dovetail.Bus.Testing;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Tests.Hosting;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using TransportContext = Dovetail.Bus.Transport.TransportContext;

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

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public async Task A_message_that_failed_under_a_lost_connection_comes_again()
    {
        using var relay = _relay;
        _bus.Broker = new UriBuilder(_bus.Broker) { Port = relay.Port }.Uri;
        await using var transport = _bus.Definition().Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales", "error"], Cancellation);
        await transport.Send([new OutgoingOperation("1", [], "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);
        await using var receiver = transport.Receive("Sales");
        var message = (await receiver.Take(1, Cancellation)).Single();
        _relay.Cut();
        await Assert.ThrowsExactlyAsync<StoreAwayException>(() => receiver.Take(1, Cancellation));

        await Assert.ThrowsExactlyAsync<LeaseLostException>(() => receiver.Move(message, new OutgoingOperation("1", [], message.Body, new Target.Queue("error")), Cancellation));

        var again = (await Insist(() => receiver.Take(1, Cancellation))).Single();
        Assert.AreEqual("1", again.NativeId);
        await receiver.Settle(again, Cancellation);
        Assert.AreEqual(0, await transport.Waiting("error", Cancellation));
    }

    private protected override IBusUnderTest CreateBus() => _bus;

    async Task<T> Insist<T>(Func<Task<T>> act)
    {
        while (true)
        {
            try
            {
                return await act();
            }
            catch (StoreAwayException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancellation);
            }
        }
    }

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
