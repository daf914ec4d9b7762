using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.RetailCrm;

/// <summary>What the order management system remembers of one order.</summary>
sealed record RetailCrmOrder
{
    public required long Id { get; init; }

    public required string Site { get; init; }

    /// <summary>The shop's id of the order; unique within the site.</summary>
    public string? ExternalId { get; init; }

    public required string Status { get; init; }

    public required DateTimeOffset StatusSince { get; init; }

    /// <summary>Somebody pulled a lever: these items are found missing when they are picked.</summary>
    public IReadOnlyList<long> Gone { get; init; } = [];

    /// <summary>All other members, in the form in which they are read.</summary>
    public required JsonObject Members { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<RetailCrmChange> History { get; init; }

    public IEnumerable<JsonObject> Items => Members["items"]?.AsArray().OfType<JsonObject>() ?? [];

    /// <summary>What is to be picked and paid for.</summary>
    public IEnumerable<JsonObject> LiveItems => Items.Where(item => (bool?)item["isCanceled"] != true);
}

/// <summary>One line of the change feed.</summary>
/// <param name="Id">Rises over all orders.</param>
/// <param name="Source">"api" for what a client did, "rule" for what the warehouse did.</param>
sealed record RetailCrmChange(long Id, DateTimeOffset At, string Source, string Field, string? OldValue, string? NewValue);
