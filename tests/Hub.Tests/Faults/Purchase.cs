using System.Net;
using System.Text.Json.Nodes;
using Dovetail.Hub.Demo;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>What is meant to happen to an order, faults aside.</summary>
enum Fate
{
    Stocked,
    PaidWithPoints,
    MadeToOrder,
    GoodsMissing,
    NothingThere,
    Declined,
    HoldWithdrawn,
    Lost,
    ChangedMind,
}

/// <summary>How the customer can be reached.</summary>
enum Reach
{
    Letters,
    Telegram,

    /// <summary>Letters come back, and there is no chat: somebody has to call.</summary>
    Telephone,
}

/// <summary>A customer's order, from the first click to where the journey says that it stands.</summary>
sealed class Purchase(string id, Fate fate, JsonObject form, Random chance)
{
    public const decimal PointsAtFirst = 1000m;

    /// <summary>What is paid back of some orders, for a scratch.</summary>
    public const decimal Part = 100m;

    static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    public string Id => id;

    public Fate Fate => fate;

    public string Card => CardOf(id);

    public Reach Reach { get; private init; }

    /// <summary>The customer's chat in Telegram.</summary>
    public long Chat { get; private init; }

    /// <summary>Something is wrong with the goods, and support pays a part back.</summary>
    public bool IsScratched { get; private init; }

    /// <summary>For what people decide about this order.</summary>
    public Random Chance => chance;

    public JsonObject? Journey { get; private set; }

    public string? Status => (string?)Journey?["status"];

    public bool HasEnded => Status is "completed" or "cancelled";

    /// <summary>How it must end; null where it depends on who was faster.</summary>
    public string? MustEnd => fate switch
    {
        Fate.Stocked or Fate.PaidWithPoints or Fate.MadeToOrder => "completed",
        Fate.Declined or Fate.HoldWithdrawn or Fate.Lost => "cancelled",
        _ => null,
    };

    public static Purchase Any(int number, Random chance, bool paysWithStripe)
    {
        var (id, fate) = ($"FAULT-{number:D3}", (Fate)chance.Next(Enum.GetValues<Fate>().Length));
        if (chance.Next(4) == 0) fate = Fate.Stocked;
        var what = fate == Fate.ChangedMind ? (Fate)chance.Next((int)Fate.Declined) : fate;
        return new Purchase(id, fate, Form(id, what, chance, paysWithStripe), new Random(chance.Next()))
        {
            Reach = chance.Next(20) switch { 0 => Reach.Telephone, < 6 => Reach.Telegram, _ => Reach.Letters }, Chat = number, IsScratched = chance.Next(5) == 0,
        };
    }

    /// <summary>One that comes to its end without a person's help.</summary>
    public static Purchase Plain(string id, Random chance, bool paysWithStripe)
    {
        var fate = chance.Next(10) switch { 0 => Fate.PaidWithPoints, 1 => Fate.MadeToOrder, 2 => Fate.Declined, _ => Fate.Stocked };
        return new Purchase(id, fate, Form(id, fate, chance, paysWithStripe), new Random(chance.Next())) { Reach = Reach.Letters };
    }

    /// <summary>In good weather, as the story is about what is told later.</summary>
    public async Task Link(Door door, StandIns standIns, CancellationToken cancellation)
    {
        var address = $"v1/customers/{form["customer"]!["id"]}/notifications";
        var link = (string)(await door.UntilAnswered(HttpMethod.Post, $"{address}/telegram", body: null, cancellation)).Body!["link"]!;
        await standIns.Says(Chat, $"/start {link.Split('=')[1]}", cancellation);
        while (!(bool)(await door.UntilAnswered(HttpMethod.Get, address, body: null, cancellation)).Body!["telegram"]!["linked"]!)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellation);
    }

    /// <summary>As often as it takes, under one key, until the hub has taken the order.</summary>
    public async Task Place(Door door, CancellationToken cancellation)
    {
        var answer = await door.UntilAnswered(HttpMethod.Post, "v1/orders", form, cancellation);
        Assert.AreEqual(HttpStatusCode.Accepted, answer.Status, $"{id}: {answer.Body}");
    }

    /// <summary>Some change their mind, and some of those more than once.</summary>
    public async Task Live(Door door, CancellationToken cancellation)
    {
        if (fate != Fate.ChangedMind) return;
        for (var wishes = chance.Next(1, 3); wishes > 0; wishes--)
        {
            await Task.Delay(TimeSpan.FromSeconds(chance.NextDouble() * 12), TimeProvider.System, cancellation);
            await door.UntilAnswered(HttpMethod.Post, $"v1/orders/{id}/cancel", new JsonObject { ["reason"] = "changed my mind" }, cancellation);
        }
    }

    /// <summary>Support pays a part back as soon as something was paid, in whatever weather, and whatever becomes of the order meanwhile.</summary>
    public async Task Complain(Door door, CancellationToken cancellation)
    {
        for (; IsScratched && !Has("paid"); await Follow(door, cancellation))
        {
            if (HasEnded) return;
            await Task.Delay(BetweenLooks, TimeProvider.System, cancellation);
        }
        if (!IsScratched) return;
        var wish = new JsonObject { ["amount"] = new JsonObject { ["amount"] = Part, ["currency"] = "RUB" }, ["reason"] = "a scratch" };
        var answer = await door.UntilAnswered(HttpMethod.Post, $"v1/orders/{id}/refunds", wish, cancellation, bySupport: true);
        Assert.AreEqual(HttpStatusCode.Accepted, answer.Status, $"{id}: {answer.Body}");
        while (!Has("part-refunded") && !Has("refund-refused"))
        {
            await Follow(door, cancellation);
            await Task.Delay(BetweenLooks, TimeProvider.System, cancellation);
        }
    }

    public bool Has(string kind) => Journey?["entries"]!.AsArray().Any(entry => (string)entry!["kind"]! == kind) == true;

    public async Task Follow(Door door, CancellationToken cancellation)
    {
        if (await door.ShopAsks(HttpMethod.Get, $"v1/orders/{id}/journey", body: null, key: null, cancellation) is { IsYes: true } answer) Journey = answer.Body!.AsObject();
    }

    public override string ToString() =>
        $"{id} ({fate}, {Reach}{(IsScratched ? ", scratched" : "")}): {Status ?? "no journey"}, {Journey?["stands"]?.ToJsonString()}\n" +
        string.Join('\n', Journey?["entries"]?.AsArray().Select(entry => $"  {entry!["sequence"]} {(DateTimeOffset)entry["at"]!:HH:mm:ss.fff} {entry["kind"]}: {entry["text"]}") ?? []);

    static JsonObject Form(string id, Fate fate, Random chance, bool paysWithStripe)
    {
        var points = chance.Next(3) switch { 0 => 0m, 1 => 240m, _ => 800m };
        var form = fate switch
        {
            Fate.MadeToOrder => Orders.Order(line: Orders.Model(), pointsToSpend: points),
            Fate.GoodsMissing => Orders.Order(sku: "GONE-1", pointsToSpend: points),
            Fate.NothingThere => Orders.Order(sku: "GONE-1", alone: true, pointsToSpend: points),
            _ => Orders.Order(pointsToSpend: points),
        };
        if (fate == Fate.PaidWithPoints)
        {
            form["lines"] = new JsonArray(form["lines"]![1]!.DeepClone());
            form["pointsToSpend"] = 750m;
        }
        form["orderId"] = id;
        form["customer"]!["email"] = $"{id}@example.com";
        form["customer"]!["loyaltyCard"] = CardOf(id);
        form["paymentMethod"] = (fate == Fate.Declined, paysWithStripe) switch
        {
            (true, true) => "pm_card_visa_chargeDeclinedInsufficientFunds",
            (true, false) => "pm-declined",
            (false, true) => "pm_card_visa",
            _ => "pm-anna",
        };
        return form;
    }

    static string CardOf(string id) => $"CARD-{id}";
}
