using Dovetail.Bus.Testing;

namespace Dovetail.Sagas.Tests;

/// <summary>The sagas on the engine itself: what holds with one saga and a clock by hand holds with crashes between any two steps.</summary>
[TestClass]
public sealed class TwinTests
{
    /// <summary>Of twenty orders each, and all four times: 2,080 in all.</summary>
    const int Seeds = 26;

    [TestMethod]
    [DataRow(CommitMode.Joined, 1), DataRow(CommitMode.Apart, 1), DataRow(CommitMode.Joined, 1 + Seeds), DataRow(CommitMode.Apart, 1 + Seeds)]
    public void Every_order_ends_with_all_accounts_balanced_whatever_crashes(CommitMode mode, int first)
    {
        var story = new TwinStory(mode);

        Simulation.Explore(Seeds, story.Tell, Faults, first);

        foreach (var end in new[] { "OrderCompleted", "OrderCancelled", "TaskClaimed", "TaskRefused", "TaskReleased", "TaskReminded", "TaskEscalated", "task Answered", "task Closed", "task Unanswered" })
            Assert.IsGreaterThan(0, story.Ends.GetValueOrDefault(end), $"{end} never happened.");
    }

    /// <summary>As long as orders wait for people. It is starting anew that takes the time of this test: some twenty crashes a seed are enough.</summary>
    static FaultPlan Faults(int seed)
    {
        var plan = FaultPlan.Of(seed);
        return plan with { Crashes = plan.Crashes / 5, Until = TimeSpan.FromMinutes(8) };
    }
}
