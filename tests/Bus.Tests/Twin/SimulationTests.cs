using Dovetail.Bus.Testing;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>The bus under everything that can go wrong, in histories that can be repeated.</summary>
[TestClass]
public sealed class SimulationTests
{
    [TestMethod]
    [DataRow(CommitMode.Joined, 1), DataRow(CommitMode.Apart, 1), DataRow(CommitMode.Joined, 251), DataRow(CommitMode.Apart, 251)]
    public void The_bus_keeps_its_promises_under_all_faults_of_250_seeds(CommitMode mode, int first) =>
        Simulation.Explore(250, new BusinessStory(mode).Tell, first: first);

    [TestMethod]
    [DataRow(CommitMode.Joined), DataRow(CommitMode.Apart)]
    public void With_an_outbox_it_keeps_them_too(CommitMode mode) => Simulation.Explore(100, new BusinessStory(mode, settings =>
    {
        settings.Outbox.Enabled = true;
        // Cleaning ticks for ever: the story would never be over.
        settings.Outbox.Cleans = false;
    }).Tell);

    [TestMethod]
    [DataRow(CommitMode.Joined, false), DataRow(CommitMode.Apart, false), DataRow(CommitMode.Apart, true)]
    public void Of_deadlines_that_are_put_off_only_the_last_rings_under_all_faults_of_200_seeds(CommitMode mode, bool keeps) => Simulation.Explore(200, new TimeoutStory(mode, keeps: keeps).Tell);

    [TestMethod]
    [DataRow(CommitMode.Joined, false), DataRow(CommitMode.Apart, false), DataRow(CommitMode.Apart, true)]
    public void A_crash_at_any_step_of_a_deadline_changes_nothing_of_it(CommitMode mode, bool keeps)
    {
        var story = new TimeoutStory(mode, rounds: 2, keeps: keeps);
        var steps = Simulation.Replay(1, story.Tell, _ => FaultPlan.None).Steps;

        for (var step = 1; step <= steps; step++) Simulation.Replay(1, story.Tell, _ => FaultPlan.None with { CrashAtStep = step });
    }

    [TestMethod]
    [DataRow(CommitMode.Joined), DataRow(CommitMode.Apart)]
    public void A_crash_at_any_step_of_an_order_changes_nothing_of_its_end(CommitMode mode)
    {
        var story = new BusinessStory(mode, orders: 1);
        var steps = Simulation.Replay(1, story.Tell, _ => FaultPlan.None).Steps;

        for (var step = 1; step <= steps; step++) Simulation.Replay(1, story.Tell, _ => FaultPlan.None with { CrashAtStep = step });
    }

    [TestMethod]
    [DataRow(CommitMode.Joined), DataRow(CommitMode.Apart)]
    public void Processes_that_are_stopped_and_started_again_one_by_one_lose_nothing(CommitMode mode)
    {
        var story = new BusinessStory(mode, meanwhile: RollOut);

        Simulation.Explore(50, story.Tell, _ => FaultPlan.None);
        Simulation.Explore(50, story.Tell);

        static void RollOut(Simulation simulation, IReadOnlyList<SimulatedProcess> processes)
        {
            var random = new Random(simulation.Seed);
            foreach (var process in processes)
            {
                simulation.RunFor(TimeSpan.FromMilliseconds(random.Next(1_500)));
                process.Stop(absence: TimeSpan.FromMilliseconds(random.Next(1, 3_000)), patience: TimeSpan.FromMilliseconds(random.Next(1, 4_000)));
            }
        }
    }

    [TestMethod]
    public void A_stop_takes_no_retry_from_a_message_whose_handler_was_called_off()
    {
        var simulation = new Simulation(seed: 1);
        new BusinessStory(CommitMode.Joined, orders: 1, meanwhile: StopAtOnce).Tell(simulation);

        Assert.Contains(entry => entry.What == "has stopped", simulation.History);
        Assert.Contains(entry => entry.What.StartsWith("release", StringComparison.Ordinal), simulation.History);
        Assert.DoesNotContain(entry => entry.What.StartsWith("move", StringComparison.Ordinal), simulation.History.TakeWhile(entry => entry.What != "has stopped"));

        static void StopAtOnce(Simulation simulation, IReadOnlyList<SimulatedProcess> processes)
        {
            simulation.RunFor(TimeSpan.FromMilliseconds(1));
            foreach (var process in processes) process.Stop(absence: TimeSpan.FromSeconds(1), patience: TimeSpan.FromMilliseconds(1));
        }
    }

    [TestMethod]
    [DataRow(CommitMode.Joined, "take", "find saga", "commit", "renew")]
    [DataRow(CommitMode.Apart, "take", "find outbox", "find saga", "commit", "send", "settle", "mark dispatched", "look for undispatched", "renew")]
    public void Some_seed_hits_every_call_with_every_fault(CommitMode mode, params string[] calls)
    {
        var histories = Enumerable.Range(1, 100).SelectMany(seed => Simulation.Replay(seed, new BusinessStory(mode).Tell).History).Select(entry => entry.What).ToList();

        foreach (var call in calls)
        {
            foreach (var fault in new[] { "waits to", "can't", "does not hear that it could" })
                Assert.Contains(what => what.StartsWith($"{fault} {call} (", StringComparison.Ordinal), histories, $"It never '{fault} {call}'.");
        }
        Assert.Contains("crashes", histories);
        Assert.Contains(what => what.EndsWith(" s late", StringComparison.Ordinal), histories);
        if (mode == CommitMode.Apart) Assert.Contains(what => what.Contains("will come twice", StringComparison.Ordinal), histories);
    }

    [TestMethod]
    [DataRow(CommitMode.Joined), DataRow(CommitMode.Apart)]
    public void One_seed_has_one_history(CommitMode mode)
    {
        var story = new BusinessStory(mode);
        for (var seed = 1; seed <= 5; seed++)
        {
            var (one, again) = (Simulation.Replay(seed, story.Tell), Simulation.Replay(seed, story.Tell));
            CollectionAssert.AreEqual(one.History.ToList(), again.History.ToList());
        }
    }

    [TestMethod]
    public void Two_seeds_have_two_histories() =>
        CollectionAssert.AreNotEqual(
            Simulation.Replay(1, new BusinessStory(CommitMode.Joined).Tell).History.ToList(),
            Simulation.Replay(2, new BusinessStory(CommitMode.Joined).Tell).History.ToList());
}
