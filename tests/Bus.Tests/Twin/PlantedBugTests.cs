using Dovetail.Bus.Configuration;
using Dovetail.Bus.Testing;

namespace Dovetail.Bus.Tests.Twin;

/// <summary>The oracle is worth something only if it sees a broken bus: each bug here is found by some seed.</summary>
[TestClass]
public sealed class PlantedBugTests(TestContext test)
{
    const int Seeds = 300;

    static readonly Dictionary<string, (Action<EndpointSettings> Plant, CommitMode[] Modes)> Bugs = new()
    {
        [nameof(SkipsTheDedupe)] = (Planted.Store((store, _, _) => new SkipsTheDedupe(store)), [CommitMode.Apart]),
        [nameof(ForgetsWhatIsLeft)] = (Planted.Store((store, _, _) => new ForgetsWhatIsLeft(store)), [CommitMode.Apart]),
        [nameof(DropsTheVersionCheck)] = (Planted.Store((store, _, _) => new DropsTheVersionCheck(store)), [CommitMode.Joined, CommitMode.Apart]),
        [nameof(DispatchesBeforeTheCommit)] = (Planted.Store((store, transport, _) => new DispatchesBeforeTheCommit(store, transport)), [CommitMode.Joined, CommitMode.Apart]),
        [nameof(CommitsStateApartFromMessages)] = (Planted.Store((store, _, _) => new CommitsStateApartFromMessages(store)), [CommitMode.Joined, CommitMode.Apart]),
        [nameof(CommitsWithoutTheLease)] = (Planted.Store((store, _, _) => new CommitsWithoutTheLease(store)), [CommitMode.Joined]),
        [nameof(EndsTheMessageAfterTheCommit)] = (Planted.Store((store, _, _) => new EndsTheMessageAfterTheCommit(store)), [CommitMode.Joined]),
        [nameof(SettlesBeforeItDispatches)] = (Planted.Store((store, transport, _) => new NobodySweeps(new SettlesBeforeItDispatches(store, transport))), [CommitMode.Apart]),
        [nameof(MarksBeforeItDispatches)] = (Planted.Store((store, _, _) => new MarksBeforeItDispatches(store)), [CommitMode.Apart]),
        [nameof(AcknowledgesBeforeTheCommit)] = (Planted.Receiver((receiver, _) => new AcknowledgesBeforeTheCommit(receiver)), [CommitMode.Apart]),
        [nameof(LosesWhatItMoves)] = (Planted.Receiver((receiver, transport) => new LosesWhatItMoves(receiver, transport)), [CommitMode.Joined, CommitMode.Apart]),
        [nameof(DropsWhatItGivesBack)] = (Planted.Receiver((receiver, _) => new DropsWhatItGivesBack(receiver)), [CommitMode.Joined, CommitMode.Apart]),
    };

    static readonly Dictionary<string, SessionStory> BugsOfSessions = new()
    {
        [nameof(NobodySweeps)] = new(CommitMode.Apart, Planted.Store((store, _, _) => new NobodySweeps(store))),
        [nameof(MarksBeforeItDispatches)] = new(CommitMode.Apart, Planted.Store((store, _, _) => new MarksBeforeItDispatches(store))),
        [nameof(ForgetsWhatWasNotDispatched)] = new(
            CommitMode.Apart, Planted.Store((store, _, time) => new ForgetsWhatWasNotDispatched(store, time)), keepFor: TimeSpan.FromSeconds(20)),
    };

    public static IEnumerable<object[]> OfSessions() => BugsOfSessions.Keys.Select(bug => new object[] { bug });

    public static IEnumerable<object[]> InEachMode() => Bugs.SelectMany(bug => bug.Value.Modes.Select(mode => new object[] { bug.Key, mode }));

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DynamicData(nameof(InEachMode))]
    public void A_planted_bug_is_found_and_its_seed_finds_it_again(string bug, CommitMode mode) =>
        Find(new BusinessStory(mode, Bugs[bug].Plant).Tell, FaultPlan.Of);

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DynamicData(nameof(OfSessions))]
    public void A_bug_planted_under_sessions_is_found_too(string bug) =>
        Find(BugsOfSessions[bug].Tell, bug == nameof(ForgetsWhatWasNotDispatched) ? OutboxTests.CrashesForLong : FaultPlan.Of);

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    [DataRow(nameof(RingsWhatWasCancelled), CommitMode.Joined), DataRow(nameof(RingsWhatWasCancelled), CommitMode.Apart)]
    [DataRow(nameof(CommitsTimeoutsApart), CommitMode.Joined), DataRow(nameof(CommitsTimeoutsApart), CommitMode.Apart)]
    public void A_bug_planted_under_timeouts_is_found_too(string bug, CommitMode mode) => Find(
        new TimeoutStory(mode, Planted.Store((store, _, _) => bug == nameof(RingsWhatWasCancelled) ? new RingsWhatWasCancelled(store) : new CommitsTimeoutsApart(store))).Tell, FaultPlan.Of);

    [TestMethod, Timeout(60_000, CooperativeCancellation = true)]
    public void A_bug_planted_under_timeouts_that_are_kept_is_found_too_by_a_crash_at_one_of_their_steps()
    {
        var story = new TimeoutStory(CommitMode.Apart, Planted.Store((store, _, _) => new MarksTimeoutsBeforeTheyAreSent(store)), keeps: true);
        var steps = Simulation.Replay(1, story.Tell, _ => FaultPlan.None).Steps;

        Assert.Contains(IsFound, Enumerable.Range(1, steps));

        bool IsFound(int step)
        {
            try
            {
                Simulation.Replay(1, story.Tell, _ => FaultPlan.None with { CrashAtStep = step });
                return false;
            }
            catch (SeedFailedException)
            {
                return true;
            }
        }
    }

    void Find(Action<Simulation> story, Func<int, FaultPlan> faults)
    {
        var found = Assert.ThrowsExactly<SeedFailedException>(() => Simulation.Explore(Seeds, story, faults), $"No seed of {Seeds} finds the bug.");

        test.WriteLine($"found by seed {found.Seed}: {found.Message}");
        var again = Assert.ThrowsExactly<SeedFailedException>(() => Simulation.Replay(found.Seed, story, faults));
        Assert.AreEqual(found.Message, again.Message);
    }
}
