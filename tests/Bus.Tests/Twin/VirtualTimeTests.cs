using Dovetail.Bus.Testing;

namespace Dovetail.Bus.Tests.Twin;

[TestClass]
public sealed class VirtualTimeTests
{
    readonly VirtualTime _time = new();
    readonly List<string> _fired = [];

    [TestMethod]
    public void Timers_fire_in_their_order_each_at_its_instant()
    {
        using var late = Timer("late", TimeSpan.FromSeconds(2));
        using var soon = Timer("soon", TimeSpan.FromSeconds(1));
        using var later = Timer("too late", TimeSpan.FromSeconds(4));

        _time.Advance(TimeSpan.FromSeconds(3));

        CollectionAssert.AreEqual(new[] { "soon at 1", "late at 2" }, _fired);
        Assert.AreEqual(_time.GetUtcNow().AddSeconds(1), _time.NextDue);
    }

    [TestMethod]
    public void A_periodic_timer_fires_until_it_is_disposed()
    {
        using (Timer("tick", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2))) _time.Advance(TimeSpan.FromSeconds(6));
        _time.Advance(TimeSpan.FromSeconds(6));

        CollectionAssert.AreEqual(new[] { "tick at 1", "tick at 3", "tick at 5" }, _fired);
        Assert.IsNull(_time.NextDue);
    }

    [TestMethod]
    public void A_timer_that_is_changed_forgets_when_it_was_due()
    {
        using var timer = Timer("ring", TimeSpan.FromSeconds(1));
        timer.Change(TimeSpan.FromSeconds(5), Timeout.InfiniteTimeSpan);

        _time.Advance(TimeSpan.FromSeconds(10));

        CollectionAssert.AreEqual(new[] { "ring at 5" }, _fired);
    }

    [TestMethod]
    public void A_delay_ends_when_time_has_moved_so_far()
    {
        var delay = Task.Delay(TimeSpan.FromDays(1), _time);

        _time.Advance(TimeSpan.FromHours(23));
        Assert.IsFalse(delay.IsCompleted);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.IsTrue(delay.IsCompletedSuccessfully);
    }

    [TestMethod]
    public void Elapsed_time_is_virtual_too()
    {
        var began = _time.GetTimestamp();

        _time.Advance(TimeSpan.FromMinutes(7));

        Assert.AreEqual(TimeSpan.FromMinutes(7), _time.GetElapsedTime(began));
    }

    ITimer Timer(string name, TimeSpan due, TimeSpan? period = null)
    {
        var began = _time.GetUtcNow();
        return _time.CreateTimer(_ => _fired.Add($"{name} at {(_time.GetUtcNow() - began).TotalSeconds}"), null, due, period ?? System.Threading.Timeout.InfiniteTimeSpan);
    }
}
