using System.Collections.Concurrent;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.Transport;

/// <summary>What lies ready in this process before anybody asks for it. Transports that take nothing ahead do the same without.</summary>
public abstract partial class TransportContract
{
    /// <summary>True where messages lie ready for <see cref="IReceiver.TakeReady"/>.</summary>
    protected virtual bool TakesAhead => false;

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_lay_ready_is_ended_moved_and_given_back_like_what_was_taken()
    {
        await using var transport = await Open("Sales", "error");
        await transport.Send(Numbered(60), Cancellation);
        var receiver = transport.Receive("Sales");
        var taken = new List<ReceivedMessage>();
        var (ended, moved, released) = (await TakeReady(receiver, taken), await TakeReady(receiver, taken), await TakeReady(receiver, taken));

        await receiver.Settle(ended, Cancellation);
        await receiver.Move(moved, Message("moved", "error"), Cancellation);
        await receiver.Release(released, Cancellation);

        foreach (var message in taken) await receiver.Release(message, Cancellation);
        await receiver.DisposeAsync();
        await using var errors = transport.Receive("error");
        CollectionAssert.AreEqual(new[] { "moved" }, await Ids(errors, 1));
        await using var others = transport.Receive("Sales");
        CollectionAssert.AreEquivalent(Numbered(60).Select(message => message.MessageId).Except([IdOf(ended), IdOf(moved)]).ToList(), await Ids(others, 58));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    [DataRow(false), DataRow(true)]
    public async Task Whoever_stops_or_goes_keeps_nothing_of_what_lay_ready_or_was_on_its_way(bool goes)
    {
        await using var transport = await Open("Sales");
        await transport.Send(Numbered(200), Cancellation);
        var stopping = transport.Receive("Sales");
        var inHand = new List<ReceivedMessage>();
        inHand.Add(await TakeReady(stopping, inHand));

        if (goes) await stopping.DisposeAsync();
        else await stopping.StopTaking();

        await using var others = transport.Receive("Sales");
        var got = inHand.Select(IdOf).ToHashSet(StringComparer.Ordinal);
        while (got.Count < 200)
        {
            foreach (var message in await others.Take(10, Cancellation))
            {
                await others.Settle(message, Cancellation);
                // A broker takes back at once also what somebody had in hand who has gone.
                Assert.IsTrue(got.Add(IdOf(message)) || goes, IdOf(message));
            }
        }
        if (goes) return;
        Assert.IsNull(await stopping.TakeReady(Cancellation));
        foreach (var message in inHand) await stopping.Settle(message, Cancellation);
        await stopping.DisposeAsync();
        Assert.AreEqual(0, await transport.Waiting("Sales", Cancellation), "What is in hand can still be ended.");
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task No_two_get_one_message_however_many_lie_ready()
    {
        const int Messages = 1_000;
        await using var transport = await Open("Sales");
        await transport.Send(Numbered(Messages), Cancellation);
        var seen = new ConcurrentQueue<string>();
        using var all = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);

        await Task.WhenAll(Work(), Work());

        Assert.HasCount(Messages, seen);
        Assert.HasCount(Messages, seen.Distinct().ToList());

        async Task Work()
        {
            await using var receiver = transport.Receive("Sales");
            try
            {
                while (true) await Task.WhenAll((await receiver.Take(4, all.Token)).Select(message => HandleWithWhatIsReady(receiver, message)));
            }
            catch (OperationCanceledException) when (all.IsCancellationRequested)
            {
                await receiver.StopTaking();
            }
        }

        async Task HandleWithWhatIsReady(IReceiver receiver, ReceivedMessage? message)
        {
            for (; message is not null; message = await receiver.TakeReady(Cancellation))
            {
                await receiver.Settle(message, Cancellation);
                seen.Enqueue(IdOf(message));
                if (seen.Count == Messages) await all.CancelAsync();
            }
        }
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_delayed_message_comes_though_the_queue_is_never_empty()
    {
        await using var transport = await Open("Sales");
        await transport.Send(Numbered(1_000), Cancellation);
        await using var receiver = transport.Receive("Sales");
        var (taken, sent) = (new List<ReceivedMessage>(), 1_000);
        await TakeReady(receiver, taken);
        await transport.Send([Message("late", "Sales", after: TimeSpan.FromMilliseconds(500))], Cancellation);

        while (!taken.Exists(message => IdOf(message) == "late"))
        {
            taken = [.. await receiver.Take(10, Cancellation)];
            while (taken.Count < 50 && await receiver.TakeReady(Cancellation) is { } ready) taken.Add(ready);
            await Task.WhenAll(taken.Select(message => receiver.Settle(message, Cancellation)).Append(transport.Send(Numbered(taken.Count, sent += taken.Count), Cancellation)));
        }
    }

    /// <summary>A message that lay ready; those that were taken on the way there are added to the list.</summary>
    async Task<ReceivedMessage> TakeReady(IReceiver receiver, List<ReceivedMessage> taken)
    {
        while (true)
        {
            var some = await receiver.Take(3, Cancellation);
            if (!TakesAhead)
            {
                taken.AddRange(some.Skip(1));
                return some[0];
            }
            taken.AddRange(some);
            if (await receiver.TakeReady(Cancellation) is { } ready) return ready;
        }
    }

    static OutgoingOperation[] Numbered(int count, int first = 1) => [.. Enumerable.Range(first, count).Select(number => Message($"{number}", "Sales"))];

    static string IdOf(ReceivedMessage message) => message.Headers[Headers.MessageId];
}
