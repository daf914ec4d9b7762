using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>The people who pick the goods. What they did follows from the clock when somebody looks: no timer runs.</summary>
/// <param name="Picking">From the status send-to-assembling to the packed goods.</param>
sealed record RetailCrmWarehouse(TimeSpan Picking)
{
    /// <summary>Goods with this prefix of their article number are never there.</summary>
    const string Gone = "GONE-";

    public static RetailCrmWarehouse At(SandboxOptions pace) => new(pace.Paced(pace.Picking));

    /// <summary>The next step that is due for the order, or null: called until nothing more is due.</summary>
    public WarehouseStep? Next(RetailCrmOrder order, DateTimeOffset now)
    {
        // Half the time the order waits for a picker, half the time it is picked.
        var due = order.StatusSince + Picking / 2;
        if (due > now)
            return null;

        return order.Status switch
        {
            RetailCrmStatuses.SentToAssembling => new WarehouseStep(RetailCrmStatuses.Assembling, due, _ => null),
            RetailCrmStatuses.Assembling when order.LiveItems.Any(item => IsMissing(order, item)) =>
                new WarehouseStep(RetailCrmStatuses.NoProduct, due, item => IsMissing(order, item) ? RetailCrmStatuses.OutOfStock : RetailCrmStatuses.ReadyForAssembly),
            RetailCrmStatuses.Assembling => new WarehouseStep(RetailCrmStatuses.AssemblingComplete, due, _ => RetailCrmStatuses.Completed),
            _ => null,
        };
    }

    static bool IsMissing(RetailCrmOrder order, JsonObject item) =>
        order.Gone.Contains((long)item["id"]!) || ((string?)item["offer"]?["externalId"])?.StartsWith(Gone, StringComparison.Ordinal) == true;
}

/// <summary>What the warehouse did with an order.</summary>
/// <param name="StatusOf">The new status of an item; null leaves it.</param>
sealed record WarehouseStep(string Status, DateTimeOffset At, Func<JsonObject, string?> StatusOf);
