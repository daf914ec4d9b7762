using Dovetail.Bus.Tests.Conformance;

namespace Dovetail.Bus.Tests.Crashes;

/// <summary>SIGKILL at every point of a message's way, in real processes on a real file.</summary>
/// <remarks>A run is repeated in its choices, though not in its timing, with DOVETAIL_SEED.</remarks>
[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class When_processes_are_killed(TestContext test)
{
    const int Limit = 240_000;
    const int MessagesAStory = 13;
    static readonly Moment[] Moments = Enum.GetValues<Moment>();

    [Scenario(135, 136)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Every_message_takes_effect_once_wherever_its_process_dies()
    {
        var random = Seeded();
        await using var scene = await CrashScene.Start(processes: 1, test.CancellationToken);

        Kill[] kills = [.. Moments.Select(moment => new Kill(moment, 3)), .. Enumerable.Range(0, 30).Select(_ => Any(random))];
        foreach (var kill in kills)
        {
            await scene.Tell(stories: 4, test.CancellationToken);
            await scene.Strike(0, kill, test.CancellationToken);
        }

        await CheckEnd(scene, leastMessages: 1000, leastKills: 20);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Two_processes_share_the_work_and_one_takes_over_what_the_other_died_with()
    {
        var random = Seeded();
        await using var scene = await CrashScene.Start(processes: 2, test.CancellationToken);

        for (var kill = 0; kill < 10; kill++)
        {
            // Each of them must find enough to do, however quick the other is.
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(test.CancellationToken);
            var telling = TellOn(scene, enough.Token);
            await scene.Strike(random.Next(2), Any(random), test.CancellationToken);
            await enough.CancelAsync();
            await telling;
        }

        await CheckEnd(scene, leastMessages: 100, leastKills: 10);
    }

    async Task CheckEnd(CrashScene scene, int leastMessages, int leastKills)
    {
        var evidence = await scene.End(test.CancellationToken);
        test.WriteLine($"{evidence.Effects.Count} messages of {scene.Stories} stories, {scene.Kills} kills ({scene.KillsByMoment()}), {evidence.InVain} attempts in vain");

        Assert.AreEqual("", string.Join(Environment.NewLine, evidence.Faults(scene.Stories).Take(20)));
        Assert.IsGreaterThanOrEqualTo(leastMessages, evidence.Effects.Count);
        Assert.IsGreaterThanOrEqualTo(leastKills, scene.Kills);
        Assert.IsGreaterThanOrEqualTo(scene.Stories * (MessagesAStory - 1), evidence.Attempts.Count);
        Assert.IsGreaterThan(0, evidence.InVain, "No kill ever hit a message in hand.");
    }

    static async Task TellOn(CrashScene scene, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await scene.Tell(stories: 1, CancellationToken.None);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, enough).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    static Kill Any(Random random) => new(Moments[random.Next(Moments.Length)], random.Next(1, 10), Stops: random.Next(4) > 0);

    Random Seeded()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DOVETAIL_SEED"), out var given) ? given : Random.Shared.Next();
        test.WriteLine($"DOVETAIL_SEED={seed}");
        return new Random(seed);
    }
}
