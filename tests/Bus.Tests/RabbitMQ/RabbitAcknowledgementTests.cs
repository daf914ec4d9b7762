using System.Globalization;
using Dovetail.Bus.RabbitMQ.Sending;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What is told many at a time: that messages are done, and that they are safe.</summary>
[TestClass]
public sealed class RabbitAcknowledgementTests(TestContext test)
{
    const int Limit = 60_000;
    const int Count = 400;

    CancellationToken Cancellation => test.CancellationToken;

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Of_messages_that_end_in_any_order_only_those_come_again_that_were_given_back()
    {
        using var bus = new RabbitBus();
        await using var transport = bus.Definition().Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance) { Concurrency = 50 });
        await transport.CreateQueues(["Sales"], Cancellation);
        await transport.Send([.. Enumerable.Range(0, Count).Select(number => new OutgoingOperation(number.ToString(CultureInfo.InvariantCulture), [], "{}"u8.ToArray(), new Target.Queue("Sales")))], Cancellation);
        var order = new Random(7);
        var givenBack = new HashSet<string>();
        var done = new HashSet<string>();
        await using (var receiver = transport.Receive("Sales"))
        {
            var inHand = new List<ReceivedMessage>();
            while (done.Count + givenBack.Count < Count)
            {
                foreach (var message in await receiver.Take(10, Cancellation))
                {
                    // What was given back comes again at once: that one time it stays in hand.
                    if (!givenBack.Contains(message.NativeId)) inHand.Add(message);
                }
                while (inHand.Count > 40 || (inHand.Count > 0 && done.Count + givenBack.Count + inHand.Count == Count))
                {
                    var place = order.Next(inHand.Count);
                    var message = inHand[place];
                    inHand.RemoveAt(place);
                    if (order.Next(20) == 0 && givenBack.Add(message.NativeId)) await receiver.Release(message, Cancellation);
                    else if (done.Add(message.NativeId)) await receiver.Settle(message, Cancellation);
                }
            }
        }

        await using var again = transport.Receive("Sales");
        var left = new List<string>();
        while (left.Count < givenBack.Count) left.AddRange((await again.Take(10, Cancellation)).Select(message => message.NativeId));
        CollectionAssert.AreEquivalent(givenBack.ToList(), left);
        Assert.AreEqual(0, await transport.Waiting("Sales", Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_is_just_being_handed_out_is_counted()
    {
        using var bus = new RabbitBus();
        await using var transport = bus.Definition().Create(new TransportContext("Sales", TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(["Sales"], Cancellation);
        await transport.Send([new OutgoingOperation("1", [], "{}"u8.ToArray(), new Target.Queue("Sales"))], Cancellation);

        for (var receivers = 0; receivers < 50; receivers++)
        {
            while ((await transport.Length("Sales", Cancellation)).Waiting == 0) await Task.Yield();
            await using var receiver = transport.Receive("Sales");
            var taking = receiver.Take(1, Cancellation);
            while (!taking.IsCompleted)
            {
                var length = await transport.Length("Sales", Cancellation);
                Assert.IsGreaterThan(0, length.Waiting + length.InHand, "Nobody has settled it.");
            }
            await receiver.Release((await taking).Single(), Cancellation);
        }
    }

    [TestMethod]
    public void Confirmations_find_their_messages_in_any_order_and_many_at_a_time()
    {
        var unconfirmed = new Unconfirmed();
        var departures = Enumerable.Range(0, 1000).Select(number => new Departure.Raw(new Batch(1), "Sales", default, new() { MessageId = number.ToString(CultureInfo.InvariantCulture) })).ToList();
        foreach (var departure in departures.Take(600)) unconfirmed.Add(departure);

        CollectionAssert.AreEqual(new[] { "4" }, Take(5, upTo: false));
        CollectionAssert.AreEqual(Array.Empty<string>(), Take(5, upTo: false));
        CollectionAssert.AreEqual(new[] { "0", "1", "2", "3", "5", "6" }, Take(7, upTo: true));
        Assert.AreEqual("7", unconfirmed.Oldest!.MessageId);
        foreach (var departure in departures.Skip(600)) unconfirmed.Add(departure);
        Assert.AreEqual(993, unconfirmed.Count);
        Assert.AreEqual("999", unconfirmed.Find(departure => departure.MessageId == "999")!.MessageId);
        Assert.HasCount(993, Take(1000, upTo: true));
        CollectionAssert.AreEqual(Array.Empty<string>(), Take(1001, upTo: true));
        Assert.IsNull(unconfirmed.Oldest);

        string[] Take(ulong number, bool upTo)
        {
            var taken = new List<Departure>();
            unconfirmed.Take(number, upTo, taken);
            return [.. taken.Select(departure => departure.MessageId)];
        }
    }
}
