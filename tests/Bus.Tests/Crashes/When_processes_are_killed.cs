using Dovetail.Bus.Tests.Conformance;

namespace Dovetail.Bus.Tests.Crashes;

/// <summary>SIGKILL at every point of a message's way, in real processes on a real database.</summary>
/// <remarks>A run is repeated in its choices, though not in its timing, with DOVETAIL_SEED.</remarks>
/// <param name="more">How often each of two processes dies, and the one beside the death at each point.</param>
public abstract class CrashContract(TestContext test, (int OfOne, int OfTwo) more)
{
    const int Limit = 240_000;
    const int MessagesAStory = 13;
    static readonly Moment[] Moments = Enum.GetValues<Moment>();

    private protected abstract ICrashDatabase CreateDatabase();

    [Scenario(135, 136)]
    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Every_message_takes_effect_once_wherever_its_process_dies()
    {
        var random = Seeded();
        await using var scene = await CrashScene.Start(CreateDatabase(), processes: 1, test.CancellationToken);

        Kill[] kills = [.. Moments.Select(moment => new Kill(moment, 3)), .. Enumerable.Range(0, more.OfOne).Select(_ => Any(random))];
        foreach (var kill in kills)
        {
            await scene.Tell(stories: 4, test.CancellationToken);
            await scene.Strike(0, kill, test.CancellationToken);
        }

        await CheckEnd(scene, leastMessages: kills.Length * 25, leastKills: kills.Length);
    }

    [TestMethod, Timeout(Limit, CooperativeCancellation = true)]
    public async Task Two_processes_share_the_work_and_one_takes_over_what_the_other_died_with()
    {
        var random = Seeded();
        await using var scene = await CrashScene.Start(CreateDatabase(), processes: 2, test.CancellationToken);

        for (var kill = 0; kill < more.OfTwo; kill++)
        {
            // Each of them must find enough to do, however quick the other is.
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(test.CancellationToken);
            var telling = TellOn(scene, enough.Token);
            await scene.Strike(random.Next(2), Any(random), test.CancellationToken);
            await enough.CancelAsync();
            await telling;
        }

        await CheckEnd(scene, leastMessages: more.OfTwo * 10, leastKills: more.OfTwo);
    }

    async Task CheckEnd(CrashScene scene, int leastMessages, int leastKills)
    {
        var evidence = await scene.End(test.CancellationToken);
        test.WriteLine($"{evidence.Effects.Count} messages of {scene.Stories} stories, {scene.Kills} kills ({scene.KillsByMoment()}), {evidence.InVain} attempts in vain");

        Assert.AreEqual("", string.Join(Environment.NewLine, evidence.Faults(scene.Stories, scene.SendsOnce).Take(20)));
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
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, enough).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
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

[TestClass, RunsOn(RunsOnAttribute.Sqlite)]
public sealed class When_processes_are_killed(TestContext test) : CrashContract(test, more: (30, 10))
{
    private protected override ICrashDatabase CreateDatabase() => new SqliteCrashDatabase();
}

[TestClass, RunsOn(RunsOnAttribute.PostgreSql)]
public sealed class When_processes_on_PostgreSQL_are_killed(TestContext test) : CrashContract(test, more: (2, 4))
{
    private protected override ICrashDatabase CreateDatabase() => new PostgreSqlCrashDatabase();
}

[TestClass, RunsOn(RunsOnAttribute.RabbitMQAndPostgreSql)]
public sealed class When_processes_on_RabbitMQ_are_killed(TestContext test) : CrashContract(test, more: (0, 3))
{
    private protected override ICrashDatabase CreateDatabase() => new RabbitMQCrashDatabase();
}
