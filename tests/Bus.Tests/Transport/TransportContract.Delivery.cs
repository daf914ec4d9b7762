using System.Text;
using Dovetail.Bus.Tests.Conformance;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using NServiceBus;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus.Tests.Transport;

/// <summary>Where messages go, when, and what becomes of those that reach nobody.</summary>
public abstract partial class TransportContract
{
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_delayed_message_comes_after_its_time_and_behind_others()
    {
        await using var transport = await Open("Sales");
        await using var receiver = transport.Receive("Sales");
        await transport.Send([Message("late", "Sales", after: TimeSpan.FromMilliseconds(300)), Message("now", "Sales")], Cancellation);

        Assert.AreEqual("now", (await receiver.Take(1, Cancellation)).Single().Headers[Headers.MessageId]);
        Assert.AreEqual("late", (await receiver.Take(1, Cancellation)).Single().Headers[Headers.MessageId]);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_receiver_that_waits_hears_of_a_new_message()
    {
        await using var transport = await Open("Sales");
        await using var receiver = transport.Receive("Sales");
        var waiting = receiver.Take(1, Cancellation);

        await transport.Send([Message("1", "Sales")], Cancellation);

        Assert.ContainsSingle(await waiting);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_queue_can_be_measured_and_looked_into_without_anybody_losing_a_message()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales"), Message("2", "Sales"), Message("3", "Sales"), Message("4", "Sales") with { DueAt = TimeProvider.System.GetUtcNow().AddYears(1) }], Cancellation);
        await using var receiver = transport.Receive("Sales");
        var taken = await receiver.Take(1, Cancellation);

        var delayed = ShowsWhatIsInHandOrDelayed ? 1 : 0;
        Assert.AreEqual(new QueueLength(Waiting: 2, InHand: 1, delayed), await transport.Length("Sales", Cancellation));
        CollectionAssert.AreEqual(ShowsWhatIsInHandOrDelayed ? new[] { "1", "2" } : ["2", "3"], (await transport.Peek("Sales", 2, Cancellation)).Select(message => message.Headers[Headers.MessageId]).ToArray());
        await receiver.Release(taken[0], Cancellation);
        if (!TakesBackAtOnce) await receiver.DisposeAsync();
        while (!TakesBackAtOnce && await transport.Waiting("Sales", Cancellation) != 3) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        Assert.AreEqual(new QueueLength(Waiting: 3, InHand: 0, delayed), await transport.Length("Sales", Cancellation));
        await Assert.ThrowsExactlyAsync<QueueNotFoundException>(() => transport.Length("Nowhere", Cancellation));
        await Assert.ThrowsExactlyAsync<QueueNotFoundException>(() => transport.Peek("Nowhere", 1, Cancellation));

        await transport.Purge("Sales", Cancellation);
        Assert.AreEqual(new QueueLength(0, 0, 0), await transport.Length("Sales", Cancellation));
    }

    [Scenario(11)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_reaches_each_subscriber_once_also_by_its_base_type_and_interface()
    {
        await using var billing = await Open("Billing");
        await using var shipping = await Open("Shipping");
        await billing.Subscribe("Billing", [typeof(Placed), typeof(IHappened)], Cancellation);
        await shipping.Subscribe("Shipping", [typeof(Happened)], Cancellation);

        await billing.Send([new OutgoingOperation("1", new() { [Headers.MessageId] = "1" }, Encoding.UTF8.GetBytes("{}"), new Target.Subscribers(typeof(Placed)))], Cancellation);
        await billing.Send([Message("2", "Billing"), Message("2", "Shipping")], Cancellation);

        await using var toBilling = billing.Receive("Billing");
        await using var toShipping = shipping.Receive("Shipping");
        CollectionAssert.AreEqual(new[] { "1", "2" }, await Ids(toBilling, 2));
        CollectionAssert.AreEqual(new[] { "1", "2" }, await Ids(toShipping, 2));
    }

    [Scenario(15, 18)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_event_without_subscriber_vanishes_and_one_unsubscribed_does_too()
    {
        await using var billing = await Open("Billing");
        await billing.Subscribe("Billing", [typeof(Placed)], Cancellation);
        await billing.Unsubscribe("Billing", [typeof(Placed)], Cancellation);

        await billing.Send([new OutgoingOperation("1", new() { [Headers.MessageId] = "1" }, Encoding.UTF8.GetBytes("{}"), new Target.Subscribers(typeof(Placed)))], Cancellation);
        await billing.Send([Message("2", "Billing")], Cancellation);

        await using var receiver = billing.Receive("Billing");
        CollectionAssert.AreEqual(new[] { "2" }, await Ids(receiver, 1));
    }

    [Scenario(214)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_transport_that_receives_nothing_still_sends()
    {
        await using var reader = await Open("Sales");
        await using (var sender = Definition(LongLease).Create(new TransportContext("Sender", TimeProvider.System, NullLoggerFactory.Instance)))
            await sender.Send([Message("1", "Sales")], Cancellation);

        await using var receiver = reader.Receive("Sales");
        CollectionAssert.AreEqual(new[] { "1" }, await Ids(receiver, 1));
    }

    [Scenario(219)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task A_copy_for_later_counts_its_attempts_anew()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales")], Cancellation);
        await DieHolding("Sales");
        await using var receiver = transport.Receive("Sales");
        var second = (await receiver.Take(1, Cancellation)).Single();

        await receiver.Move(second, Message("1", "Sales", after: TimeSpan.FromMilliseconds(1)), Cancellation);

        Assert.AreEqual(2, second.Attempt);
        Assert.AreEqual(1, (await receiver.Take(1, Cancellation)).Single().Attempt);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task What_may_get_lost_does_not_hold_up_the_rest_where_nobody_has_its_queue()
    {
        await using var transport = await Open("Sales");

        await transport.Send([Message("1", "Sales"), Message("receipt", "Nobody") with { MayGetLost = true }, Message("receipt", "Sales") with { MayGetLost = true }], Cancellation);

        await using var receiver = transport.Receive("Sales");
        CollectionAssert.AreEquivalent(new[] { "1", "receipt" }, await Ids(receiver, 2));
    }

    [Scenario(27)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Sending_to_a_queue_that_does_not_exist_says_so_and_sends_nothing_of_the_batch()
    {
        await using var transport = await Open("Sales");

        var failure = await Assert.ThrowsExactlyAsync<QueueNotFoundException>(() => transport.Send([Message("1", "Sales"), Message("1", "Nowhere")], Cancellation));

        Assert.AreEqual("Nowhere", failure.Queue);
        await transport.Send([Message("2", "Sales")], Cancellation);
        await using var receiver = transport.Receive("Sales");
        CollectionAssert.AreEqual(new[] { "2" }, await Ids(receiver, 1));
    }

    [Scenario(85)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task An_expired_message_is_not_received()
    {
        await using var transport = await Open("Sales");
        await transport.Send([Message("1", "Sales") with { ExpiresAfter = TimeSpan.FromTicks(1) }, Message("2", "Sales") with { ExpiresAfter = TimeSpan.FromHours(1) }], Cancellation);
        await using var receiver = transport.Receive("Sales");

        CollectionAssert.AreEqual(new[] { "2" }, await Ids(receiver, 1));
    }

    interface IHappened;

    abstract record Happened : IHappened;

    sealed record Placed : Happened;
}
