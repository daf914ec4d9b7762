using System.Text.Json.Nodes;

namespace Dovetail.Hub.Demo;

/// <summary>One order and what must become of it.</summary>
/// <param name="Ends">The status in which the order must end.</param>
/// <param name="Tell">Places the order, does to it what the story says, and checks the books at the end.</param>
sealed record Story(string Title, string Ends, Func<Telling, Task> Tell);

/// <summary>A story while it is told.</summary>
sealed class Telling(DemoShop shop, string orderId, Action<Journey> heard, CancellationToken cancellation)
{
    // All stories at once must stay below what the gateway lets one client ask, however long they take.
    static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(300);

    public DemoShop Shop => shop;

    public string OrderId => orderId;

    public CancellationToken Cancellation => cancellation;

    public Journey? Last { get; private set; }

    public Task Place(JsonObject order)
    {
        order["orderId"] = orderId;
        return shop.Place(order, cancellation);
    }

    /// <summary>Follows the order until its journey tells of such an event.</summary>
    public Task<Journey> UntilHeardOf(string kind) => Until(journey => journey.Has(kind));

    public Task<Journey> UntilItEnds() => Until(journey => journey.Status is "completed" or "cancelled");

    /// <summary>Follows the order, beyond its end if need be, until so many parts have been paid back.</summary>
    public Task<Journey> UntilPaidBack(int parts) => Until(journey => journey.Entries.Count(entry => entry.Kind == "part-refunded") == parts, afterItsEnd: true);

    /// <summary>Somebody of the call centre takes the order's task and decides.</summary>
    public async Task Decide(JsonObject decision)
    {
        await UntilHeardOf("substitution-asked");
        while (true)
        {
            if (await shop.Desk.Find(orderId, cancellation) is { } task)
            {
                await shop.Desk.Claim((string)task["taskId"]!, cancellation);
                await shop.Desk.Answer((string)task["taskId"]!, decision, cancellation);
                return;
            }
            await Task.Delay(BetweenLooks, TimeProvider.System, cancellation);
        }
    }

    public async Task Expect(string system, string what, Func<JsonArray, bool> isRight)
    {
        var documents = await shop.Ledger(system, orderId, cancellation);
        if (!isRight(documents)) throw new StoryException($"{system} should have {what}, but its books say: {documents.ToJsonString()}");
    }

    async Task<Journey> Until(Func<Journey, bool> reached, bool afterItsEnd = false)
    {
        while (true)
        {
            if (await shop.Follow(orderId, cancellation) is { } journey)
            {
                Last = journey;
                heard(journey);
                if (reached(journey)) return journey;
                if (!afterItsEnd && journey.Status is "completed" or "cancelled") throw new StoryException($"The order ended as '{journey.Status}' before the story reached its turn: {journey.Entries[^1].Text}");
            }
            await Task.Delay(BetweenLooks, TimeProvider.System, cancellation);
        }
    }
}
