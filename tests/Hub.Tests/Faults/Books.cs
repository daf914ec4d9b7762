using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Dovetail.Hub.Tests.Faults;

/// <summary>What the stand-ins have in their books, held against what the hub tells of an order.</summary>
sealed partial class Books
{
    const decimal Cashback = 0.05m;

    readonly ILookup<string, JsonObject> _payments;
    readonly ILookup<string, JsonObject> _shipments;
    readonly ILookup<string, JsonObject> _registrations;
    readonly ILookup<string, JsonObject> _pointPurchases;
    readonly ILookup<string, JsonObject> _customers;
    readonly ILookup<string, JsonObject> _deals;
    readonly ILookup<string, JsonObject> _letters;
    readonly ILookup<string, JsonObject> _models;
    readonly ILookup<long, JsonObject> _chats;

    Books(IReadOnlyDictionary<string, IReadOnlyList<JsonObject>> ledgers)
    {
        _payments = ledgers["payments"].ToLookup(payment => Text(payment, "orderId"));
        _shipments = ledgers["cdek"].ToLookup(shipment => Text(shipment, "number"));
        _registrations = ledgers["retailcrm"].ToLookup(order => Text(order, "externalId"));
        _pointPurchases = ledgers["loymax"].ToLookup(purchase => Text(purchase, "card"));
        _customers = ledgers["loymax-customers"].ToLookup(customer => Text(customer, "card"));
        _deals = ledgers["bitrix24"].ToLookup(deal => Text(deal, "ORIGIN_ID"));
        _letters = ledgers["mail"].ToLookup(letter => Text(letter, "messageId").Split('/')[0].TrimStart('<'));
        _chats = ledgers["telegram"].ToLookup(message => (long)message["chat"]!);
        _models = ledgers["mes"].ToLookup(job => Text(job, "idempotencyKey").Split('/')[0]);
    }

    public static async Task<Books> Open(StandIns standIns, CancellationToken cancellation)
    {
        var ledgers = new Dictionary<string, IReadOnlyList<JsonObject>>();
        foreach (var system in new[] { "cdek", "retailcrm", "loymax", "loymax-customers", "bitrix24", "mail", "telegram", "mes" }) ledgers[system] = await standIns.Ledger(system, cancellation);
        ledgers["payments"] = await standIns.Ledger(standIns.PaysWithStripe ? "stripe" : "yookassa", cancellation);
        return new Books(ledgers);
    }

    /// <summary>All that is wrong with an order that has ended, with its journey and its pages of the books.</summary>
    public IEnumerable<string> Complaints(Purchase purchase)
    {
        var faults = (purchase.Status == "completed" ? Completed(purchase) : Cancelled(purchase)).Concat(Always(purchase)).ToList();
        return faults.Count == 0 ? [] : [$"{purchase}\n - {string.Join("\n - ", faults)}\n{Pages(purchase)}"];
    }

    IEnumerable<string> Always(Purchase purchase)
    {
        var entries = purchase.Journey!["entries"]!.AsArray();
        if (purchase.MustEnd is { } end && purchase.Status != end) yield return $"it should be {end}";
        if (!entries.Select(entry => (int)entry!["sequence"]!).SequenceEqual(Enumerable.Range(1, entries.Count))) yield return "the journey has gaps";
        // Support may ask for a part when the order has just ended, and is answered then.
        var kinds = entries.Select(entry => Text(entry!, "kind")).Where(kind => kind is not ("refund-asked" or "part-refunded" or "refund-refused")).ToList();
        if (kinds[^1] != purchase.Status || kinds.Count(kind => kind is "completed" or "cancelled") != 1) yield return "the journey does not end once, with its last entry";
        if (purchase.Journey["stands"]!["owner"] is not null) yield return "somebody is to act on an order that has ended";
        if (purchase.Journey["notReached"]!.AsArray().Any(one => one!["owner"] is not null)) yield return "somebody is still to call the customer";
        if (purchase.Reach != Reach.Telephone && purchase.Journey["notReached"]!.AsArray().Count > 0) yield return "the customer was not reached";
        if (purchase.Has("refund-asked") && !purchase.Has("part-refunded")) yield return "a part was to be paid back, and was not";
        if (purchase.IsScratched && purchase.Status == "completed" && purchase.Has("paid") && !purchase.Has("part-refunded") && !IsRefusedRightly(purchase)) yield return "the scratch was forgotten";
        if (purchase.Has("part-refunded") && !IsTold(purchase, "PartRefunded", $"Money back for your order {purchase.Id}")) yield return "the customer does not know of the part that was paid back";
        if (_payments[purchase.Id].Any(payment => Text(payment, "status") is "waiting_for_capture" or "requires_capture" or "pending")) yield return "money is still held";
        if (_payments[purchase.Id].Count(payment => Number(payment, "captured") > 0) > 1) yield return "the card was charged twice";
        if (_registrations[purchase.Id].Count() > 1) yield return "order management has it twice";
        if (_models[purchase.Id].Count() > 1) yield return "the model was priced twice";
        if (_deals[purchase.Id].ToList() is not [var deal]) yield return "the CRM does not have one deal";
        else if (Text(deal, "STAGE_ID") != (purchase.Status == "completed" ? "WON" : "LOSE")) yield return "the CRM does not know how it ended";
        if (Balance(purchase) != Purchase.PointsAtFirst + Points(purchase, "earned") - Points(purchase, "writtenOff")) yield return "points are lost, or come from nowhere";
        if (_customers[purchase.Card].Any(customer => Number(customer, "overlaps") > 0)) yield return "the loyalty programme was asked two things at once for one customer";
        if (_pointPurchases[purchase.Card].Any(points => Text(points, "state") == "Created")) yield return "points are still set aside";
    }

    IEnumerable<string> Completed(Purchase purchase)
    {
        var (paid, total) = (Net(purchase) + Parts(purchase), (decimal)purchase.Journey!["total"]!["amount"]!);
        if (paid + Points(purchase, "writtenOff") != total) yield return $"{paid} and {Points(purchase, "writtenOff")} points were paid for what costs {total}";
        if (Told(purchase, "paid") is var told && told != paid) yield return $"the journey says that {told} were paid, and it was {paid}";
        if (_pointPurchases[purchase.Card].Count(points => Text(points, "state") == "Confirmed") != 1) yield return "the loyalty programme does not have one purchase";
        if (!Earned(purchase, paid).Contains(Points(purchase, "earned"))) yield return $"{Points(purchase, "earned")} points were credited for {paid}";
        if (Told(purchase, "completed") is var earned && earned != Points(purchase, "earned")) yield return $"the journey says that {earned} points were credited, and it was {Points(purchase, "earned")}";
        if (Newest(purchase).Where(status => status != "INVALID").ToList() is not ["DELIVERED"]) yield return "it was not delivered once";
        if (_registrations[purchase.Id].FirstOrDefault() is not { } order || Text(order, "status") != "complete") yield return "order management does not know that it is complete";
        if (_deals[purchase.Id].FirstOrDefault() is { } deal && Number(deal, "OPPORTUNITY") != (paid > 0 ? paid : total)) yield return $"the CRM does not know that {paid} were paid";
        if (!IsTold(purchase, "OrderDelivered", $"Your order {purchase.Id} has arrived") || Letters(purchase, "OrderCancelled") != 0) yield return "the customer does not know that it was delivered";
    }

    IEnumerable<string> Cancelled(Purchase purchase)
    {
        if (Net(purchase) != 0) yield return $"{Net(purchase)} were kept";
        if (_pointPurchases[purchase.Card].Any(points => Text(points, "state") == "Confirmed")) yield return "the loyalty programme has a purchase";
        if (Newest(purchase).Any(status => status is not ("INVALID" or "REMOVED" or "NOT_DELIVERED"))) yield return "something was shipped";
        if (_registrations[purchase.Id].Any(order => Text(order, "status") is not ("cancel-other" or "no-product"))) yield return "order management goes on with it";
        if (!IsTold(purchase, "OrderCancelled", $"Your order {purchase.Id} is cancelled") || Letters(purchase, "OrderDelivered") != 0) yield return "the customer does not know that it was cancelled";
    }

    decimal Net(Purchase purchase) => _payments[purchase.Id].Sum(payment => Number(payment, "captured") - Number(payment, "refunded"));

    static decimal Parts(Purchase purchase) => purchase.Has("part-refunded") && purchase.Status == "completed" ? Purchase.Part : 0;

    /// <summary>No part is paid back while it seems that all goes back anyway, though the carrier may have the goods already and the order go on; and no more than the card paid beside the points.</summary>
    bool IsRefusedRightly(Purchase purchase) => purchase.Has("refund-refused") && (purchase.Has("cancelling") || Net(purchase) < Purchase.Part);

    /// <summary>Points are for what stays paid. A part that is asked for while they are being credited may come too late to count.</summary>
    static IEnumerable<decimal> Earned(Purchase purchase, decimal paid)
    {
        var kinds = purchase.Journey!["entries"]!.AsArray().Select(entry => Text(entry!, "kind")).ToList();
        var asked = kinds.IndexOf("refund-asked");
        if (asked < 0 || asked > kinds.IndexOf("delivered")) yield return Math.Round(paid * Cashback, 2, MidpointRounding.ToZero);
        if (asked >= 0) yield return Math.Round((paid - Purchase.Part) * Cashback, 2, MidpointRounding.ToZero);
    }

    /// <summary>Once in each way at most. A chat that may have it and a letter that surely has are both right; who can be called alone is in <c>notReached</c>.</summary>
    bool IsTold(Purchase purchase, string kind, string inChat)
    {
        var (letters, messages) = (Letters(purchase, kind), _chats[purchase.Chat].Count(message => Text(message, "text").Contains(inChat, StringComparison.Ordinal)));
        return purchase.Reach switch
        {
            Reach.Letters => (letters, messages) == (1, 0),
            Reach.Telegram => letters <= 1 && messages <= 1 && letters + messages > 0,

            // Where the line broke before the mail server said no, it has kept the letter.
            _ => letters <= 1 && (letters == 1 || purchase.Journey!["notReached"]!.AsArray().Any(one => Text(one!, "about") == kind)),
        };
    }

    /// <summary>Of the purchases that count.</summary>
    decimal Points(Purchase purchase, string what) => _pointPurchases[purchase.Card].Where(points => Text(points, "state") == "Confirmed").Sum(points => Number(points, what));

    decimal Balance(Purchase purchase) => _customers[purchase.Card].FirstOrDefault() is { } customer ? Number(customer, "balance") : Purchase.PointsAtFirst;

    /// <summary>The newest status of each shipment; one whose deletion was asked for stands still until somebody looks.</summary>
    IEnumerable<string> Newest(Purchase purchase) => _shipments[purchase.Id].Select(shipment =>
        shipment["deletionAskedAt"] is not null ? "REMOVED" : shipment["fault"] is not null ? "INVALID" : Text(shipment["statuses"]![0]!, "code"));

    int Letters(Purchase purchase, string kind) => _letters[purchase.Id].Count(letter => Text(letter, "messageId").Split('@')[0].Split("/letter-")[1].Split('/')[0] == kind);

    /// <summary>The last number in what the journey tells; 0 where it does not tell it.</summary>
    static decimal Told(Purchase purchase, string kind) =>
        purchase.Journey!["entries"]!.AsArray().LastOrDefault(entry => Text(entry!, "kind") == kind) is { } entry && Amount().Match(Text(entry, "text")) is { Success: true } amount
            ? decimal.Parse(amount.Value, CultureInfo.InvariantCulture) : 0;

    string Pages(Purchase purchase) => string.Join('\n', _payments[purchase.Id].Concat(_pointPurchases[purchase.Card]).Concat(_customers[purchase.Card]).Concat(_shipments[purchase.Id])
        .Concat(_registrations[purchase.Id]).Concat(_deals[purchase.Id]).Concat(_chats[purchase.Chat]).Select(page => page.ToJsonString()).Concat(_letters[purchase.Id].Select(letter => $"{letter["messageId"]} {letter["timesReceived"]}")));

    static string Text(JsonNode document, string member) => (string?)document[member] ?? "";

    static decimal Number(JsonNode document, string member) => document[member] is { } value ? decimal.Parse(value.ToString(), CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"[0-9]+(\.[0-9]+)?")]
    private static partial Regex Amount();
}
