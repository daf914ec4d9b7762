using System.Globalization;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>The power goes again and again, every system fails at random, and what they tell is lost, doubled and overtaken.</summary>
/// <remarks>What happens follows from a seed, as far as it can where processes are killed: a failure names it, and <c>DOVETAIL_SEED</c> gives it.</remarks>
[TestClass]
public sealed class When_everything_fails(TestContext test)
{
    const int Orders = 300;
    const int Kills = 10;

    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    /// <summary>After the last order has ended: for what nobody waits for, such as letters and the CRM.</summary>
    static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(90);

    /// <summary>What customers and support still want of orders that are placed.</summary>
    readonly List<Task> _wishes = [];

    [TestMethod, Timeout(900_000, CooperativeCancellation = true)]
    public async Task Every_order_ends_and_all_books_agree()
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("DOVETAIL_SEED"), CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
        test.WriteLine($"DOVETAIL_SEED={seed}");
        await using var scene = await Scene.Start(seed, test.CancellationToken);
        var chance = new Random(seed);
        var purchases = Enumerable.Range(1, Orders).Select(number => Purchase.Any(number, chance, scene.StandIns.PaysWithStripe)).ToList();
        var weather = new Weather(scene.StandIns, new Random(seed + 1));
        await scene.StandIns.IsAuthorised(test.CancellationToken);
        await Task.WhenAll(purchases.Where(purchase => purchase.Reach == Reach.Telegram).Select(purchase => purchase.Link(scene.Door, scene.StandIns, test.CancellationToken)));
        await weather.TurnsBad(purchases, test.CancellationToken);

        var begun = TimeProvider.System.GetTimestamp();
        using var evening = CancellationTokenSource.CreateLinkedTokenSource(test.CancellationToken);
        var people = new People(scene.Door, purchases, seed);
        var work = people.Work(evening.Token);
        try
        {
            await LiveThroughIt(scene, purchases, weather, chance);
            Note("All orders are placed", begun);
            await weather.TurnsGood(test.CancellationToken);
            await Task.WhenAll(_wishes);
            while (!await AllHaveEnded(scene, purchases)) await Pause();

            Note("All orders have ended", begun);
            var complaints = await UntilTheBooksAreRight(scene, people, purchases);
            Note("The books agree, or will not", begun);
            Assert.IsEmpty(complaints, $"DOVETAIL_SEED={seed}: {complaints.Count} complaints.\n{string.Join("\n\n", complaints.Take(10))}");
        }
        catch (OperationCanceledException) when (test.CancellationToken.IsCancellationRequested)
        {
            var open = purchases.Where(purchase => !purchase.HasEnded).ToList();
            Assert.Fail($"DOVETAIL_SEED={seed}: time is up, and {open.Count} orders have not ended.\n{string.Join("\n\n", open.Take(10))}");
        }
        finally
        {
            await evening.CancelAsync();
            await work;
        }
        test.WriteLine($"{purchases.CountBy(purchase => $"{purchase.Fate} {purchase.Status}").OrderBy(kind => kind.Key).Aggregate("", (text, kind) => $"{text}{kind.Key}: {kind.Value}; ")}{people}");
    }

    /// <summary>In each of the hub's lives some orders come, and go on in the next ones.</summary>
    async Task LiveThroughIt(Scene scene, List<Purchase> purchases, Weather weather, Random chance)
    {
        foreach (var life in Enumerable.Range(0, Kills + 1).Zip(purchases.Chunk((Orders + Kills) / (Kills + 1))))
        {
            if (life.First > 0) await scene.KillAndRestart(test.CancellationToken);
            await weather.Changes(test.CancellationToken);
            var placing = life.Second.Select(purchase => purchase.Place(scene.Door, test.CancellationToken)).ToList();
            foreach (var purchase in life.Second) _wishes.AddRange([purchase.Live(scene.Door, test.CancellationToken), purchase.Complain(scene.Door, test.CancellationToken)]);

            // Mostly in the middle of the work, and sometimes before it has begun to work again.
            if (chance.Next(4) > 0) await Task.WhenAll(placing);
            else _wishes.AddRange(placing);
            await Task.Delay(TimeSpan.FromSeconds(chance.NextDouble() * 4), TimeProvider.System, test.CancellationToken);
        }
    }

    async Task<bool> AllHaveEnded(Scene scene, List<Purchase> purchases)
    {
        foreach (var purchase in purchases.Where(purchase => !purchase.HasEnded)) await purchase.Follow(scene.Door, test.CancellationToken);
        return purchases.TrueForAll(purchase => purchase.HasEnded);
    }

    async Task<IReadOnlyList<string>> UntilTheBooksAreRight(Scene scene, People people, List<Purchase> purchases)
    {
        var patience = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var books = await Books.Open(scene.StandIns, test.CancellationToken);
            List<string> complaints = [.. await people.StillToDo(test.CancellationToken), .. purchases.SelectMany(books.Complaints)];
            if (complaints.Count == 0 || TimeProvider.System.GetElapsedTime(patience) > Aftermath) return complaints;
            await Pause();
            foreach (var purchase in purchases.Where(purchase => complaints.Exists(complaint => complaint.Contains(purchase.Id, StringComparison.Ordinal))))
                await purchase.Follow(scene.Door, test.CancellationToken);
        }
    }

    void Note(string what, long begun) => test.WriteLine($"{what} after {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s.");

    Task Pause() => Task.Delay(BetweenLooks, TimeProvider.System, test.CancellationToken);
}
