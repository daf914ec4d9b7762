using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests;

/// <summary>One order of each kind, over HTTP, through the gateway, to its end: in the journey and in the books of the stand-ins.</summary>
[TestClass]
public sealed class StoriesTests(TestContext test)
{
    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public Task Every_story_ends_as_it_should() => EachIn(Place.InAFile());

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Every_story_ends_as_it_should_on_RabbitMQ_and_PostgreSQL() => await EachIn(await Place.OnRabbitMQAndPostgreSql(test.CancellationToken));

    [TestMethod, Timeout(180_000, CooperativeCancellation = true)]
    public async Task Every_story_ends_as_it_should_on_PostgreSQL_alone() => await EachIn(await Place.OnPostgreSql(test.CancellationToken));

    async Task EachIn(Place place)
    {
        await using var own = place;
        await using var hub = await HubUnderTest.Start(test.CancellationToken, place.Settings);

        await Task.WhenAll(Stories.All.Select((story, index) => Tell(story, $"STORY-{index + 1}", hub)));
    }

    async Task Tell(Story story, string orderId, HubUnderTest hub)
    {
        var telling = new Telling(hub.Shop, orderId, _ => { }, test.CancellationToken);
        await story.Tell(telling);

        var journey = await Whole(orderId, telling.Last!, hub);
        Assert.AreEqual(story.Ends, journey.Status, story.Title);
        Assert.IsNull(journey.Stands.Owner, $"'{story.Title}' has ended, and nobody is to act any more.");
        CollectionAssert.AreEqual(Enumerable.Range(1, journey.Entries.Count).ToList(), journey.Entries.Select(entry => entry.Sequence).ToList(), $"The journey of '{story.Title}' has gaps.");
    }

    /// <summary>Facts may overtake each other on their way to the journey: what comes last is not what arrives last.</summary>
    async Task<Journey> Whole(string orderId, Journey journey, HubUnderTest hub)
    {
        while (journey.Entries.Count > 0 && journey.Entries.Max(entry => entry.Sequence) > journey.Entries.Count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, test.CancellationToken);
            journey = (await hub.Shop.Follow(orderId, test.CancellationToken))!;
        }
        return journey;
    }
}
