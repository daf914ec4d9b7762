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

        if (order["items"] is not (null or JsonArray))
            yield return ("items", "This value should be of type array.");
        if (order["items"] is JsonArray items && items.Any(item => item?["initialPrice"] is null || item["offer"] is null && item["productName"] is null))
            yield return ("items", "An item needs initialPrice and offer or productName.");

        if (order["payments"] is not (null or JsonArray))
            yield return ("payments", "This value should be of type array.");
        if (order["payments"] is JsonArray payments && payments.Any(payment => (string?)payment?["status"] is { } status && !PaymentStatuses.Contains(status)))
            yield return ("payments", "Payment status does not exist.");
    }

    /// <summary>Narrower than the real system, which also lets a client change items.</summary>
    public static IEnumerable<(string Field, string Text)> FaultsOfEdit(JsonObject change)
    {
        foreach (var fault in Status(change))
            yield return fault;

        if (change["items"] is not null)
            yield return ("items", "This stand-in does not edit items.");
        if (change["payments"] is not null)
            yield return ("payments", "Payments are edited by /orders/payments.");
    }

    static IEnumerable<(string Field, string Text)> Status(JsonObject order)
    {
        if ((string?)order["status"] is { } status && !RetailCrmStatuses.GroupOf.ContainsKey(status))
            yield return ("status", $"Status with code {status} does not exist.");
    }
}
