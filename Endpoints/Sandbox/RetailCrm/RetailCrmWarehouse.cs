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
            RetailCrmStatuses.SentToAssembling => new WarehouseStep(RetailCrmStatuses.Assembling, due, []),
            RetailCrmStatuses.Assembling => Missing(order) is { Count: > 0 } missing
                ? new WarehouseStep(RetailCrmStatuses.NoProduct, due, missing)
                : new WarehouseStep(RetailCrmStatuses.AssemblingComplete, due, []),
            _ => null,
        };
    }

    static List<long> Missing(RetailCrmOrder order) =>
    [
        .. order.Items
            .Where(item => order.GoodsGone || ((string?)item["offer"]?["externalId"])?.StartsWith(Gone, StringComparison.Ordinal) == true)
            .Select(item => (long)item["id"]!),
    ];
}

/// <summary>What the warehouse did with an order.</summary>
/// <param name="Missing">Ids of the items that were not there.</param>
sealed record WarehouseStep(string Status, DateTimeOffset At, IReadOnlyList<long> Missing);
