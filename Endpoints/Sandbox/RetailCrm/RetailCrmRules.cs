using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>What makes an order's JSON unacceptable, by field.</summary>
static class RetailCrmRules
{
    public static readonly IReadOnlySet<string> PaymentStatuses = new HashSet<string>
    {
        "not-paid", "invoice", "wait-approved", "payment-start", "credit-check", "credit-approved", "fail", "paid", "returned",
    };

    public static IEnumerable<(string Field, string Text)> Faults(JsonObject order)
    {
        foreach (var fault in Status(order))
            yield return fault;

        foreach (var fault in Items(order))
            yield return fault;

        if (order["payments"] is not (null or JsonArray))
            yield return ("payments", "This value should be of type array.");
        if (order["payments"] is JsonArray payments && payments.Any(payment => (string?)payment?["status"] is { } status && !PaymentStatuses.Contains(status)))
            yield return ("payments", "Payment status does not exist.");
    }

    public static IEnumerable<(string Field, string Text)> FaultsOfEdit(JsonObject change)
    {
        foreach (var fault in Status(change))
            yield return fault;

        foreach (var fault in Items(change))
            yield return fault;

        if (change["payments"] is not null)
            yield return ("payments", "Payments are edited by /orders/payments.");
    }

    /// <summary>What is wrong with the items of a change, seen against those of the order.</summary>
    /// <remarks>Narrower than the real system: here a change of items names every item, so that no client comes to rely on what happens to the others.</remarks>
    public static (string Field, string Text)? FaultOfItems(RetailCrmOrder order, JsonObject change)
    {
        if (change["items"] is not JsonArray items) return null;
        var named = items.Select(item => (long?)item!["id"]).OfType<long>().ToHashSet();
        var own = order.Items.Select(item => (long)item["id"]!).ToHashSet();
        return !named.IsSubsetOf(own) ? ("items", "An item with this id is not in the order.")
            : !own.IsSubsetOf(named) ? ("items", "This stand-in wants all items of the order, those to be cancelled with isCanceled.")
            : null;
    }

    static IEnumerable<(string Field, string Text)> Items(JsonObject order)
    {
        if (order["items"] is not (null or JsonArray))
            yield return ("items", "This value should be of type array.");
        if (order["items"] is not JsonArray items)
            yield break;

        // One that is there already, and is named by its id, only needs what changes.
        if (items.Any(item => item?["id"] is null && (item?["initialPrice"] is null || item["offer"] is null && item["productName"] is null)))
            yield return ("items", "An item needs initialPrice and offer or productName.");
        if (items.Any(item => (string?)item?["status"] is { } status && !RetailCrmStatuses.OfItems.Contains(status)))
            yield return ("items", "Item status does not exist.");
    }

    static IEnumerable<(string Field, string Text)> Status(JsonObject order)
    {
        if ((string?)order["status"] is { } status && !RetailCrmStatuses.GroupOf.ContainsKey(status))
            yield return ("status", $"Status with code {status} does not exist.");
    }
}
