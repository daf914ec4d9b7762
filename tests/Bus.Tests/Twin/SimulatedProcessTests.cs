using Dovetail.Bus.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Dovetail.Bus.Tests.Twin;

[TestClass]
public sealed class SimulatedProcessTests
{
    readonly Simulation _simulation = new(seed: 1);

    [TestMethod]
    public void A_delay_takes_virtual_time_only()
    {
        var (process, began) = (Add(), _simulation.Time.GetUtcNow());
        var ended = default(DateTimeOffset);
        process.Do(async services =>
        {
            var time = services.GetRequiredService<TimeProvider>();
            await Task.Delay(TimeSpan.FromHours(10), time);
            ended = time.GetUtcNow();
        });

        _simulation.RunUntilQuiet();

        Assert.AreEqual(began.AddHours(10), ended);
    }

    [TestMethod]
    public void A_crash_ends_what_was_under_way_and_starts_the_process_anew()
    {
        var (process, ended, began) = (Add(), false, _simulation.Time.GetUtcNow());
        process.Do(async services =>
        {
            await Task.Delay(TimeSpan.FromDays(10), services.GetRequiredService<TimeProvider>());
            ended = true;
        });
        _simulation.RunFor(TimeSpan.FromSeconds(5));
        var before = process.Services;

        process.Crash(absence: TimeSpan.FromSeconds(3));
        Assert.ThrowsExactly<InvalidOperationException>(() => process.Services);
        _simulation.RunUntilQuiet();

        Assert.IsFalse(ended);
        Assert.AreEqual(2, process.Starts);
        Assert.AreNotSame(before, process.Services);
        Assert.AreEqual(began.AddSeconds(5 + 3), _simulation.Time.GetUtcNow(), "Nobody waits for what a dead process waited for.");
    }

    [TestMethod]
    public void A_failure_of_what_a_process_does_is_thrown_by_the_run()
    {
        Add().Do(async _ =>
        {
            await Task.Yield();
            throw new InvalidOperationException("no such thing");
        });

        Assert.AreEqual("no such thing", Assert.ThrowsExactly<InvalidOperationException>(() => _simulation.RunUntilQuiet()).Message);
    }

    [TestMethod]
    public void What_ticks_for_ever_is_told_apart_from_quiet()
    {
        Add().Do(services =>
        {
            services.GetRequiredService<TimeProvider>().CreateTimer(_ => { }, null, TimeSpan.FromHours(1), TimeSpan.FromHours(1));
            return Task.CompletedTask;
        });

        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => _simulation.RunUntilQuiet()).Message, "not quiet");
        Assert.IsFalse(_simulation.RunUntil(() => false, TimeSpan.FromHours(3)));
    }

    [TestMethod, Timeout(30_000, CooperativeCancellation = true)]
    public void Whoever_leaves_the_simulation_is_named()
    {
        Add().Do(async _ => await Task.Run(() => { }));

        // The thread pool answers when it likes: until then the simulation must not come to rest.
        Add().Do(async services =>
        {
            while (true) await Task.Delay(TimeSpan.FromMilliseconds(1), services.GetRequiredService<TimeProvider>());
        });

        StringAssert.Contains(Assert.ThrowsExactly<InvalidOperationException>(() => _simulation.RunUntilQuiet(TimeSpan.FromDays(365))).Message, "Task.Run");
    }

    SimulatedProcess Add() => _simulation.AddProcess("Sales", _ => { });
}
