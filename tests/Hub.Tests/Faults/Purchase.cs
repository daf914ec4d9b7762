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

/// <summary>A customer's order, from the first click to where the journey says that it stands.</summary>
sealed class Purchase(string id, Fate fate, JsonObject form, Random chance)
{
    public const decimal PointsAtFirst = 1000m;

    public string Id => id;

    public Fate Fate => fate;

    public string Card => CardOf(id);

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
        var points = chance.Next(3) switch { 0 => 0m, 1 => 240m, _ => 800m };
        var form = what switch
        {
            Fate.MadeToOrder => Orders.Order(line: Orders.Model(), pointsToSpend: points),
            Fate.GoodsMissing => Orders.Order(sku: "GONE-1", pointsToSpend: points),
            Fate.NothingThere => Orders.Order(sku: "GONE-1", alone: true, pointsToSpend: points),
            _ => Orders.Order(pointsToSpend: points),
        };
        if (what == Fate.PaidWithPoints)
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
        return new Purchase(id, fate, form, new Random(chance.Next()));
    }

    public async Task Place(Scene scene, CancellationToken cancellation)
    {
        var answer = await scene.UntilAnswered(HttpMethod.Post, "v1/orders", form, cancellation);
        Assert.AreEqual(HttpStatusCode.Accepted, answer.Status, $"{id}: {answer.Body}");
    }

    /// <summary>Some change their mind, and some of those more than once.</summary>
    public async Task Live(Scene scene, CancellationToken cancellation)
    {
        if (fate != Fate.ChangedMind) return;
        for (var wishes = chance.Next(1, 3); wishes > 0; wishes--)
        {
            await Task.Delay(TimeSpan.FromSeconds(chance.NextDouble() * 12), TimeProvider.System, cancellation);
            await scene.UntilAnswered(HttpMethod.Post, $"v1/orders/{id}/cancel", new JsonObject { ["reason"] = "changed my mind" }, cancellation);
        }
    }

    public async Task Follow(Scene scene, CancellationToken cancellation)
    {
        if (await scene.ShopAsks(HttpMethod.Get, $"v1/orders/{id}/journey", body: null, key: null, cancellation) is { IsYes: true } answer) Journey = answer.Body!.AsObject();
    }

    public override string ToString() =>
        $"{id} ({fate}): {Status ?? "no journey"}, {Journey?["stands"]?.ToJsonString()}\n" +
        string.Join('\n', Journey?["entries"]?.AsArray().Select(entry => $"  {entry!["sequence"]} {(DateTimeOffset)entry["at"]!:HH:mm:ss.fff} {entry["kind"]}: {entry["text"]}") ?? []);

    static string CardOf(string id) => $"CARD-{id}";
}
