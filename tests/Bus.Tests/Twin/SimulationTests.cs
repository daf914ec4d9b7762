using Dovetail.Bus.Testing;

namespace Dovetail.Bus.Tests.Twin;

[TestClass]
public sealed class SimulationTests
{
    [TestMethod]
    [DataRow(CommitMode.Joined, 1), DataRow(CommitMode.Apart, 1), DataRow(CommitMode.Joined, 251), DataRow(CommitMode.Apart, 251)]
    public void The_bus_keeps_its_promises_under_all_faults_of_250_seeds(CommitMode mode, int first) =>
        Simulation.Explore(250, new BusinessStory(mode).Tell, first: first);

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
