using Dovetail.Bus.Platform;
using Dovetail.Bus.Tests.Hosting;

namespace Dovetail.Bus.Tests.Platform;

[TestClass]
public sealed class MetricBufferTests(TestContext test)
{
    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public async Task A_full_message_is_sent_at_once_and_not_after_the_interval()
    {
        var buffer = new MetricBuffer("Retries", TimeProvider.System);
        var waiting = buffer.Wait(TimeSpan.FromDays(1), test.CancellationToken);
        for (var value = 0; value < MetricBuffer.Block; value++) buffer.Note(value, "A");

        await waiting.WaitAsync(test.CancellationToken);

        Assert.HasCount(MetricBuffer.Block, buffer.Take());
        Assert.IsEmpty(buffer.Take());
    }

    [TestMethod]
    public void What_nobody_takes_does_not_grow_for_ever()
    {
        var buffer = new MetricBuffer("Retries", TimeProvider.System);
        for (var value = 0; value < 3 * MetricBuffer.Block; value++) buffer.Note(value, "A");

        Assert.HasCount(MetricBuffer.Block, buffer.Take());
        Assert.HasCount(MetricBuffer.Block, buffer.Take());
        Assert.IsEmpty(buffer.Take());
    }

    [TestMethod]
    public void Values_too_far_apart_for_one_message_go_into_two()
    {
        var time = new ShiftedTime();
        var buffer = new MetricBuffer("Retries", time);
        buffer.Note(1, "A");
        time.Pass(TimeSpan.FromMinutes(4));
        buffer.Note(2, "A");

        Assert.AreEqual(1, buffer.Take().Single().Value);
        Assert.AreEqual(2, MetricMessage.Read(TaggedValues.Write(buffer.Take())).Single().Value);
    }
}
