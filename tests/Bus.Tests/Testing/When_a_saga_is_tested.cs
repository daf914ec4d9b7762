using NServiceBus.Testing;

namespace Dovetail.Bus.Tests.Testing;

using ReturnUnderTest = TestableSaga<ParcelReturn, ParcelReturn.State>;

/// <summary>What a test of a saga looks like.</summary>
[TestClass]
public sealed class When_a_saga_is_tested
{
    static readonly DateTime Monday = new(2026, 3, 2, 9, 0, 0, DateTimeKind.Utc);

    [TestMethod]
    public async Task It_goes_from_the_label_to_the_refund()
    {
        var saga = Returns();
        saga.SimulateReply((PrintLabel command) => new LabelPrinted($"RU-{command.ReturnId}"));

        var announced = await saga.Handle(new AnnounceReturn("R-1"));
        Assert.AreEqual("A6", announced.FindSentMessage<PrintLabel>().Format);

        var labelled = await saga.HandleQueuedMessage();
        Assert.AreEqual("RU-R-1", labelled.SagaDataSnapshot.TrackingNumber);

        var reminded = await saga.AdvanceTime(TimeSpan.FromDays(7));
        Assert.AreEqual("R-1", reminded.Single().FindSentMessage<RemindCustomer>().ReturnId);

        var arrived = await saga.Handle(new ParcelArrived("R-1"));
        Assert.IsTrue(arrived.Completed);
        Assert.AreEqual("refunded", arrived.FindPublishedMessage<ReturnClosed>().Outcome);

        Assert.IsEmpty(await saga.AdvanceTime(TimeSpan.FromDays(30)), "A return that was closed has no deadline.");
    }

    [TestMethod]
    public async Task Its_deadlines_pass_in_their_order_each_at_its_time()
    {
        var saga = Returns();
        await saga.Handle(new AnnounceReturn("R-1"));

        var passed = await saga.AdvanceTime(TimeSpan.FromDays(30));

        Assert.HasCount(2, passed);
        Assert.IsNotNull(passed[0].FindSentMessage<RemindCustomer>());
        Assert.AreEqual(new ReturnClosed("R-1", "nothing came", Monday.AddDays(14)), passed[1].FindPublishedMessage<ReturnClosed>());
        Assert.IsTrue(passed[1].Completed);
        Assert.AreEqual(Monday.AddDays(30), saga.CurrentTime);
    }

    static ReturnUnderTest Returns()
    {
        ReturnUnderTest? saga = null;
        var clock = new SagaClock(() => saga!.CurrentTime);
        return saga = new ReturnUnderTest(() => new ParcelReturn(clock), Monday);
    }

    /// <summary>Shows a saga that reads the time the one that the test moves.</summary>
    sealed class SagaClock(Func<DateTime> now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now();
    }
}
