using System.Globalization;
using System.Text.Json;

namespace Dovetail.Endpoints.Crm;

/// <summary>A deal as far as we write it.</summary>
/// <param name="Semantics">P: in progress, S: won, F: lost; by it the portal tells what a stage means that people added to the funnel.</param>
sealed record Deal(string Id, string Stage, decimal Amount, string Currency, bool HasContact, string Semantics = "P")
{
    /// <summary>Who added it, and what it is there.</summary>
    public string Originator { get; init; } = "";

    public string OrderId { get; init; } = "";

    public bool IsClosed => Semantics != "P";

    public bool IsLost => Semantics == "F";

    public static Deal Read(JsonElement deal) => new(
        deal.GetProperty("ID").ToString(), deal.GetProperty("STAGE_ID").ToString(), Number(deal, "OPPORTUNITY"),
        Text(deal, "CURRENCY_ID", ""), Number(deal, "CONTACT_ID") != 0,
        Text(deal, "STAGE_SEMANTIC_ID", "P"))
    {
        Originator = Text(deal, "ORIGINATOR_ID", ""), OrderId = Text(deal, "ORIGIN_ID", ""),
    };

    static string Text(JsonElement deal, string name, string without) => deal.TryGetProperty(name, out var value) ? value.ToString() : without;

    static decimal Number(JsonElement deal, string name) =>
        deal.TryGetProperty(name, out var value) && decimal.TryParse(value.ToString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
}

/// <summary>The portal noted that a deal was changed.</summary>
/// <param name="ProcessId">Under which it is reserved, if the portal says so.</param>
sealed record DealEvent(string Id, string DealId, string ProcessId)
{
    public static DealEvent Read(JsonElement change) => new(
        change.GetProperty("ID").ToString(), change.GetProperty("EVENT_DATA").GetProperty("FIELDS").GetProperty("ID").ToString(),
        change.TryGetProperty("PROCESS_ID", out var process) ? process.ToString() : "");
}
