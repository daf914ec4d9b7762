using Dovetail.Endpoints.Crm;
using Microsoft.Extensions.Options;

namespace Dovetail.Endpoints.Tests.Crm;

[TestClass]
public sealed class Bitrix24PaceTests(TestContext test)
{
    [TestMethod]
    public void So_many_requests_go_at_once_and_the_others_so_many_a_second()
    {
        var clock = new StoppedClock();
        var pace = new Bitrix24Pace(Options.Create(new Bitrix24Options { PerSecond = 2, Burst = 3 }), clock);

        for (var request = 0; request < 6; request++)
            _ = pace.Turn(test.CancellationToken);
        CollectionAssert.AreEqual(new[] { 0.5, 1.0, 1.5 }, clock.Waits);

        // Seconds later the bucket has run empty again, and no fuller than it was.
        clock.Now += TimeSpan.FromSeconds(100);
        clock.Waits.Clear();
        for (var request = 0; request < 4; request++)
            _ = pace.Turn(test.CancellationToken);
        CollectionAssert.AreEqual(new[] { 0.5 }, clock.Waits);
    }

    sealed class StoppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public List<double> Waits { get; } = [];

        public override DateTimeOffset GetUtcNow() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime.TotalSeconds);
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
