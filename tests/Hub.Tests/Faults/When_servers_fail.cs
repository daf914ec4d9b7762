using System.Globalization;
using Dovetail.Hub.Tests.Processes;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>Orders come all the time, and what the hub stands on breaks away: a cluster of RabbitMQ, PostgreSQL, or the hub's own processes.</summary>
/// <remarks>
/// Held against the books of the stand-ins: every order that was accepted ends as its kind should, is paid, picked, shipped and told of once, and needs no person. All tests share one stack,
/// so each also meets what the one before has left behind.
/// </remarks>
[TestClass, DoNotParallelize]
public sealed class When_servers_fail(TestContext test)
{
    const int Longest = 600_000;
    const int Kills = 4;

    /// <summary>In each of nine tests, 5,000 in all, and as many more as come until one has ended that was accepted after the fault. <c>DOVETAIL_ORDERS</c> gives another number for each.</summary>
    static readonly int Orders = int.TryParse(Environment.GetEnvironmentVariable("DOVETAIL_ORDERS"), CultureInfo.InvariantCulture, out var given) ? given : 556;

    /// <summary>From the end of a fault, or from its beginning where nobody is to do anything about it, until an order that was accepted after it has ended.</summary>
    static readonly TimeSpan LongestRecovery = TimeSpan.FromSeconds(60);

    /// <summary>After the last order has ended: for what nobody waits for, such as letters and the CRM.</summary>
    static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(90);

    /// <summary>Long enough for all that is under way to come to a stop, or to find another way.</summary>
    static readonly TimeSpan LastsFor = TimeSpan.FromSeconds(10);

    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    static readonly TimeProvider Time = TimeProvider.System;

    static Stack? Shared;

    CancellationToken Cancellation => test.CancellationToken;

    static Stack Stack => Shared!;

    [ClassInitialize]
    public static async Task Begin(TestContext test) => Shared = await Stack.Start(test.CancellationToken);

    [ClassCleanup]
    public static async Task End()
    {
        if (Shared is not null) await Shared.DisposeAsync();
    }

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task Orders_flow_without_the_node_of_the_broker_that_led_the_busiest_queue_and_was_killed() =>
        Endure("NODE", crowd => Without(crowd, node => Stack.Broker.Kill(node, Cancellation), node => Stack.Broker.StartAgain(node, CancellationToken.None)));

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task Orders_flow_without_the_node_of_the_broker_that_is_cut_off_from_the_others() => Endure("PARTITION", crowd => Without(crowd,
        async node =>
        {
            await Stack.Broker.CutOff(node, Cancellation);

            // It pauses as soon as it notices that it sees nobody.
            while (await Stack.Broker.TakesConnections(node, Cancellation)) await Task.Delay(BetweenLooks, Time, Cancellation);
        },
        node => Stack.Broker.Rejoin(node, CancellationToken.None)));

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task All_nodes_of_the_broker_are_killed_at_once_and_started_again() => Endure("BROKER", async _ =>
    {
        await Stack.Broker.KillAll(Cancellation);
        await Stack.Broker.StartAllAgain(Cancellation);
        return Time.GetTimestamp();
    });

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task PostgreSQL_is_killed_and_started_again() => Endure("DATABASE", async _ =>
    {
        await Stack.Database.Kill(Cancellation);
        await Stack.Database.Start(Cancellation);
        return Time.GetTimestamp();
    });

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task PostgreSQL_is_away_for_a_minute() => Endure("MINUTE", async _ =>
    {
        await Stack.Database.Kill(Cancellation);
        await Task.Delay(TimeSpan.FromMinutes(1), Time, Cancellation);
        await Stack.Database.Start(Cancellation);
        return Time.GetTimestamp();
    });

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task A_node_of_the_broker_runs_short_of_disk() => Endure("DISK", _ => Alarm(["set_disk_free_limit", "1000000GB"], ["set_disk_free_limit", "200MB"]));

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task A_node_of_the_broker_runs_short_of_memory() => Endure("MEMORY", _ => Alarm(["set_vm_memory_high_watermark", "0.0001"], ["set_vm_memory_high_watermark", "absolute", "2GB"]));

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task The_gateway_and_what_stands_behind_it_are_killed_again_and_again() => Endure("FRONT", crowd => KillInTurn(crowd, Stack.Front));

    [TestMethod, Timeout(Longest, CooperativeCancellation = true)]
    public Task Workers_are_killed_again_and_again() => Endure("WORKERS", crowd => KillInTurn(crowd, Stack.First, Stack.Second));

    /// <summary>Loses the node that leads the busiest queue, and gives it back only when an order has ended that was accepted without it.</summary>
    async Task<long> Without(Crowd crowd, Func<int, Task> lose, Func<int, Task> giveBack)
    {
        var (node, queue) = await Stack.Broker.LeaderOfTheBusiest(Cancellation);
        test.WriteLine($"It is node {node + 1}, which leads {queue}.");
        try
        {
            await lose(node);
            var since = Time.GetTimestamp();
            await crowd.GoesOn(since, Cancellation);
            return since;
        }
        finally
        {
            await giveBack(node);
        }
    }

    async Task<long> Alarm(string[] raise, string[] end)
    {
        try
        {
            await Stack.Broker.Control(0, Cancellation, raise);
            while (!await Stack.Broker.IsAlarmed(Cancellation)) await Task.Delay(BetweenLooks, Time, Cancellation);
            await Task.Delay(LastsFor, Time, Cancellation);
        }
        finally
        {
            await Stack.Broker.Control(0, CancellationToken.None, end);
        }
        return Time.GetTimestamp();
    }

    async Task<long> KillInTurn(Crowd crowd, params HubProcess[] processes)
    {
        var since = 0L;
        for (var kill = 0; kill < Kills; kill++)
        {
            since = Time.GetTimestamp();
            await processes[kill % processes.Length].KillAndRestart(Cancellation);
            await crowd.HasSeen(crowd.Ended + Orders / 12, Cancellation);
        }
        return since;
    }

    async Task Endure(string name, Func<Crowd, Task<long>> fault)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DOVETAIL_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        test.WriteLine($"DOVETAIL_SEED={seed}");
        var begun = Time.GetTimestamp();
        var crowd = new Crowd(Stack, name, Orders, new Random(seed));
        var buying = crowd.Buy(Cancellation);
        try
        {
            await await Task.WhenAny(crowd.HasSeen(Orders / 5, Cancellation), buying);
            var since = await fault(crowd);
            await await Task.WhenAny(crowd.GoesOn(since, Cancellation), buying);
            crowd.IsEnough();
            await buying;
            var recovery = crowd.Recovery(since) ?? throw new InvalidOperationException("No order was left to come after the fault.");
            test.WriteLine($"{name}: {crowd.Ended} orders ended within {Time.GetElapsedTime(begun).TotalSeconds:0} s, the first of those accepted after the fault {recovery.TotalSeconds:0.0} s after it. No customer waited longer for the answer than {crowd.LongestWait.TotalSeconds:0.0} s. {Stack.Restarts} restarts.");

            var complaints = await UntilTheBooksAreRight(crowd);
            test.WriteLine($"{name}: the books agree, or will not, after {Time.GetElapsedTime(begun).TotalSeconds:0} s.");
            Assert.IsEmpty(complaints, $"DOVETAIL_SEED={seed}: {complaints.Count} complaints.\n{string.Join("\n\n", complaints.Take(10))}");
            Assert.IsLessThan(LongestRecovery, recovery);
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            var open = crowd.Purchases.Where(purchase => !purchase.HasEnded).ToList();
            Assert.Fail($"DOVETAIL_SEED={seed}: time is up. {crowd.Accepted} orders were accepted, and {crowd.Ended} have ended.\n{string.Join("\n\n", open.Take(10))}");
        }
    }

    async Task<IReadOnlyList<string>> UntilTheBooksAreRight(Crowd crowd)
    {
        var patience = Time.GetTimestamp();
        var toFollow = crowd.Purchases.ToList();
        while (true)
        {
            await Parallel.ForEachAsync(toFollow, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancellation }, async (purchase, token) => await purchase.Follow(Stack.Door, token));
            var books = await Books.Open(Stack.StandIns, Cancellation);
            toFollow = [.. crowd.Purchases.Where(purchase => !purchase.HasEnded || books.Complaints(purchase).Any())];
            List<string> complaints = [.. await new People(Stack.Door, [], seed: 0).StillToDo(Cancellation), .. toFollow.SelectMany(purchase => purchase.HasEnded ? books.Complaints(purchase) : [$"{purchase} has not ended"])];
            if (complaints.Count == 0 || Time.GetElapsedTime(patience) > Aftermath) return complaints;
            await Task.Delay(TimeSpan.FromSeconds(1), Time, Cancellation);
        }
    }
}
