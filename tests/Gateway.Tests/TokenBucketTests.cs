using Dovetail.Gateway.Limits;

namespace Dovetail.Gateway.Tests;

[TestClass]
public sealed class TokenBucketTests
{
    readonly FakeTime _time = new();

    [TestMethod]
    public void It_fills_drop_by_drop_up_to_its_size()
    {
        using var bucket = new TokenBucket(new TokenLimit(Burst: 3, PerSecond: 0.5), _time);

        var taken = Take(bucket, 4);
        _time.Advance(TimeSpan.FromSeconds(2));
        var afterTwoSeconds = Take(bucket, 2);
        _time.Advance(TimeSpan.FromDays(1));
        var afterADay = Take(bucket, 5);

        Assert.AreEqual(3, taken);
        Assert.AreEqual(1, afterTwoSeconds);
        Assert.AreEqual(3, afterADay);
    }

    [TestMethod]
    public void It_says_when_there_will_be_more()
    {
        using var bucket = new TokenBucket(new TokenLimit(Burst: 1, PerSecond: 0.5), _time);

        Take(bucket, 1);
        _time.Advance(TimeSpan.FromSeconds(0.5));
        using var refused = bucket.AttemptAcquire();

        Assert.IsTrue(refused.TryGetMetadata(TokenBucket.Level, out var level));
        Assert.AreEqual(new BucketLevel(0, TimeSpan.FromSeconds(1.5)), level);
    }

    [TestMethod]
    public void It_may_be_thrown_away_only_when_it_is_full()
    {
        using var bucket = new TokenBucket(new TokenLimit(Burst: 2, PerSecond: 1), _time);

        Take(bucket, 2);
        _time.Advance(TimeSpan.FromSeconds(1.9));
        var notYetFull = bucket.IdleDuration;
        _time.Advance(TimeSpan.FromSeconds(10.1));
        var idle = bucket.IdleDuration;

        Assert.IsNull(notYetFull);
        Assert.AreEqual(TimeSpan.FromSeconds(10), idle);
    }

    static int Take(TokenBucket bucket, int times) => Enumerable.Range(0, times).Count(_ =>
    {
        using var lease = bucket.AttemptAcquire();
        return lease.IsAcquired;
    });
}
