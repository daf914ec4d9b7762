using System.Text;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Bus.Tests.Transport;

/// <summary>What every transport must do. Derive one class for each. This part: who has a message, and until when.</summary>
public abstract partial class TransportContract(TestContext test)
{
    const int Limit = 30_000;

    /// <summary>Much longer than any test runs: a lease ends in a test only by the test's doing.</summary>
    protected static readonly TimeSpan LongLease = TimeSpan.FromMinutes(5);

    /// <summary>What a receiver has that soon dies. Whoever is to have the message then has a long one.</summary>
    static readonly TimeSpan ShortLease = TimeSpan.FromMilliseconds(300);

    protected CancellationToken Cancellation => test.CancellationToken;

    /// <summary>False for a broker that shows only what anybody may take.</summary>
    protected virtual bool ShowsWhatIsInHandOrDelayed => true;

    /// <summary>False for a broker, which takes back what was let go of in its own time.</summary>
    protected virtual bool TakesBackAtOnce => true;

    /// <summary>False where the commit alone finds out that a lease was lost.</summary>
    protected virtual bool AsksBeforeItBegins => true;

    /// <param name="lease">How long a message stays with whoever took it and fell silent.</param>
    protected abstract TransportDefinition Definition(TimeSpan lease);

    [Scenario(225)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_arrives_with_its_headers_and_body()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales", "Жё/\"\n")], Cancellation);
        await using var receiver = transport.Receive("Sales");

        var taken = Assert.ContainsSingle(await receiver.Take(10, Cancellation));

        Assert.AreEqual("1", taken.Headers[Headers.MessageId]);
        Assert.AreEqual("Жё/\"\n", Encoding.UTF8.GetString(taken.Body.Span));
        Assert.AreEqual("a/b \"c\" Ж\n", taken.Headers["odd"]);
        Assert.AreEqual(1, taken.Attempt);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_taken_is_nobody_elses()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales"), Message("2", "Sales")], Cancellation);
        await using var one = transport.Receive("Sales");
        await using var other = transport.Receive("Sales");

        var first = await one.Take(1, Cancellation);
        var second = await other.Take(10, Cancellation);

        Assert.AreNotEqual(first.Single().Headers[Headers.MessageId], second.Single().Headers[Headers.MessageId]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_was_settled_never_comes_back()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales")], Cancellation);
        await using (var receiver = transport.Receive("Sales"))
            await receiver.Settle((await receiver.Take(1, Cancellation)).Single(), Cancellation);

        await transport.Send([Message("2", "Sales")], Cancellation);
        await using var later = transport.Receive("Sales");

        Assert.AreEqual("2", (await later.Take(10, Cancellation)).Single().Headers[Headers.MessageId]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_that_was_released_comes_again()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales")], Cancellation);
        await using var receiver = transport.Receive("Sales");

        await receiver.Release((await receiver.Take(1, Cancellation)).Single(), Cancellation);

        Assert.AreEqual("1", (await receiver.Take(1, Cancellation)).Single().Headers[Headers.MessageId]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_whose_receiver_died_comes_to_another_after_the_lease()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales")], Cancellation);
        await DieHolding("Sales");

        await using var survivor = transport.Receive("Sales");
        var taken = (await survivor.Take(1, Cancellation)).Single();

        Assert.AreEqual("1", taken.Headers[Headers.MessageId]);
        Assert.AreEqual(2, taken.Attempt);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Whoever_lost_the_lease_can_no_longer_end_the_message()
    {
        await using var transport = await Open("Sales");
        await using var slower = await Open("Sales", lease: ShortLease);
        await transport.Send([Message("1", "Sales")], Cancellation);
        var slow = slower.Receive("Sales");
        var taken = (await slow.Take(1, Cancellation)).Single();
        await slow.DisposeAsync();
        await using var quick = transport.Receive("Sales");
        var again = (await quick.Take(1, Cancellation)).Single();

        if (AsksBeforeItBegins) Assert.IsFalse(await slow.Holds(taken));
        await Assert.ThrowsExactlyAsync<LeaseLostException>(() => slow.Settle(taken, Cancellation));
        await quick.Settle(again, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_lease_that_ended_goes_on_if_nobody_else_took_the_message()
    {
        await using var transport = await Open("Sales");
        await using var slower = await Open("Sales", lease: AsksBeforeItBegins ? ShortLease : LongLease);
        await transport.Send([Message("1", "Sales")], Cancellation);
        await using var slow = slower.Receive("Sales");
        var taken = (await slow.Take(1, Cancellation)).Single();
        Assert.IsTrue(await slow.Holds(taken));
        if (AsksBeforeItBegins)
        {
            await slow.DisposeAsync();
            while ((await transport.Length("Sales", Cancellation)).Waiting == 0) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancellation);
        }

        Assert.IsTrue(await slow.Holds(taken));
        await slow.Settle(taken, Cancellation);
        Assert.AreEqual(0, await transport.Waiting("Sales", Cancellation));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_lease_is_renewed_while_its_receiver_lives()
    {
        await using var transport = await Open("Sales", lease: TimeSpan.FromSeconds(2));
        await transport.Send([Message("1", "Sales")], Cancellation);
        await using var worker = transport.Receive("Sales");
        var taken = (await worker.Take(1, Cancellation)).Single();

        // Three leases later the message is still the worker's: the other gets only what comes then.
        await using var idle = transport.Receive("Sales");
        await transport.Send([Message("2", "Sales", after: TimeSpan.FromSeconds(6))], Cancellation);

        Assert.AreEqual("2", (await idle.Take(1, Cancellation)).Single().Headers[Headers.MessageId]);
        await worker.Settle(taken, Cancellation);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_message_moves_to_another_queue_in_one_step()
    {
        await using var transport = await Open("Sales", "error");
        await transport.Send([Message("1", "Sales")], Cancellation);
        await using var sales = transport.Receive("Sales");
        await using var errors = transport.Receive("error");

        await sales.Move((await sales.Take(1, Cancellation)).Single(), Message("1", "error"), Cancellation);

        Assert.AreEqual("1", (await errors.Take(1, Cancellation)).Single().Headers[Headers.MessageId]);
    }

    [Scenario(215, 216, 224)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Messages_say_which_queue_they_came_from_and_several_are_in_hand_at_once()
    {
        await using var transport = await Open("Sales", "Sales.one");
        await transport.Send([Message("1", "Sales"), Message("2", "Sales"), Message("3", "Sales.one")], Cancellation);
        var (shared, own) = (transport.Receive("Sales"), transport.Receive("Sales.one"));
        var taken = new List<ReceivedMessage>();
        while (taken.Count < 2) taken.AddRange(await shared.Take(2 - taken.Count, Cancellation));

        Assert.AreEqual("Sales.one", (await own.Take(1, Cancellation)).Single().Queue);
        CollectionAssert.AreEqual(new[] { "Sales", "Sales" }, taken.Select(message => message.Queue).ToList());

        // Whoever stopped may begin anew, with what was left.
        foreach (var message in taken) await shared.Release(message, Cancellation);
        await shared.DisposeAsync();
        await own.DisposeAsync();
        await using var again = transport.Receive("Sales");
        CollectionAssert.AreEquivalent(new[] { "1", "2" }, await Ids(again, 2));
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Many_senders_and_receivers_lose_and_double_nothing()
    {
        const int Senders = 8, Each = 50;
        await using var transport = await Open("Sales");
        var sending = Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            for (var n = 0; n < Each; n++) await transport.Send([Message($"{sender}-{n}", "Sales")], Cancellation);
        }));
        var received = new List<string>();
        using var all = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var receiving = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            await using var receiver = transport.Receive("Sales");
            while (true)
            {
                foreach (var message in await receiver.Take(5, all.Token))
                {
                    await receiver.Settle(message, Cancellation);
                    lock (received)
                    {
                        received.Add(message.Headers[Headers.MessageId]);
                        if (received.Count == Senders * Each) all.Cancel();
                    }
                }
            }
        })).ToList();

        await Task.WhenAll(sending);
        foreach (var receiver in receiving) await Assert.ThrowsAsync<OperationCanceledException>(() => receiver);

        Assert.HasCount(Senders * Each, received);
        Assert.HasCount(Senders * Each, received.Distinct().ToList());
    }

    async Task DieHolding(string queue)
    {
        await using var transport = await Open(queue, lease: ShortLease);
        await using var dying = transport.Receive(queue);
        await dying.Take(1, Cancellation);
    }

    async Task<ITransport> Open(string endpoint, string? another = null, TimeSpan? lease = null)
    {
        ITransport transport = Definition(lease ?? LongLease).Create(new TransportContext(endpoint, TimeProvider.System, NullLoggerFactory.Instance));
        await transport.CreateQueues(another is null ? [endpoint] : [endpoint, another], Cancellation);
        return transport;
    }

    static OutgoingOperation Message(string id, string queue, string body = "{}", TimeSpan? after = null) => new(
        id, new() { [Headers.MessageId] = id, ["odd"] = "a/b \"c\" Ж\n" }, Encoding.UTF8.GetBytes(body), new Target.Queue(queue),
        after is { } wait ? TimeProvider.System.GetUtcNow() + wait : null);

    async Task<string[]> Ids(IReceiver receiver, int count)
    {
        var ids = new List<string>();
        while (ids.Count < count)
        {
            foreach (var message in await receiver.Take(10, Cancellation))
            {
                await receiver.Settle(message, Cancellation);
                ids.Add(message.Headers[Headers.MessageId]);
            }
        }
        return [.. ids];
    }
}
