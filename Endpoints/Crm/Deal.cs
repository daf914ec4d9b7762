using System.Globalization;
using System.Text.Json;

namespace Dovetail.Endpoints.Crm;

/// <summary>A deal as far as we write it.</summary>
/// <param name="Semantics">P: in progress, S: won, F: lost; by it the portal tells what a stage means that people added to the funnel.</param>
sealed record Deal(string Id, string Stage, decimal Amount, string Currency, bool HasContact, string Semantics = "P")
{
    public static Deal Read(JsonElement deal) => new(
        deal.GetProperty("ID").ToString(), deal.GetProperty("STAGE_ID").ToString(), Number(deal, "OPPORTUNITY"),
        deal.TryGetProperty("CURRENCY_ID", out var currency) ? currency.ToString() : "", Number(deal, "CONTACT_ID") != 0,
        deal.TryGetProperty("STAGE_SEMANTIC_ID", out var semantics) ? semantics.ToString() : "P");

    static decimal Number(JsonElement deal, string name) =>
        deal.TryGetProperty(name, out var value) && decimal.TryParse(value.ToString(), NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            ? number
            : 0;
}
