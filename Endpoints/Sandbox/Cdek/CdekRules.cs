using System.Text.Json.Nodes;

namespace Dovetail.Endpoints.Sandbox.Cdek;

/// <summary>What the carrier refuses at once, before it takes a shipment.</summary>
static class CdekRules
{
    public static IEnumerable<CdekFault> Faults(JsonObject order)
    {
        if (order["tariff_code"] is null)
            yield return Empty("tariff_code");
        if (order["recipient"]?["name"] is null)
            yield return Empty("recipient.name");
        if (order["recipient"]?["phones"] is not JsonArray { Count: > 0 })
            yield return Empty("recipient.phones");

        if (order["shipment_point"] is not null && order["from_location"] is not null)
            yield return new("v2_shipment_address_multivalued", "Give either shipment_point or from_location");
        if (order["shipment_point"] is null && order["from_location"] is null)
            yield return new("shipment_location_is_not_recognized", "The place of shipment is not recognised");

        if (order["delivery_point"] is not null && order["to_location"] is not null)
            yield return new("v2_delivery_address_multivalued", "Give either delivery_point or to_location");
        if (order["delivery_point"] is null && order["to_location"]?["city"] is null)
            yield return new("v2_recipient_location_not_recognized", "The recipient's location is not recognised");
        if (order["delivery_point"] is null && order["to_location"] is not null && order["to_location"]!["address"] is null)
            yield return Empty("to_location.address");

        if (order["packages"] is not JsonArray { Count: > 0 and <= 255 } packages)
        {
            yield return Empty("packages");
            yield break;
        }

        foreach (var fault in packages.SelectMany(Package))
            yield return fault;
    }

    /// <summary>The reason code behind a word of the lever; null when the word says nothing about the way and the shipment is refused as such.</summary>
    public static int? NotDeliveredReason(string? refusal) => refusal switch
    {
        "refused" => 11,
        "not-collected" => 23,
        "lost" => 26,
        _ => null,
    };

    static IEnumerable<CdekFault> Package(JsonNode? package)
    {
        if (package?["number"] is null)
            yield return Empty("packages.number");
        if (package?["weight"] is null)
            yield return Empty("packages.weight");
        if (package?["items"] is not JsonArray { Count: > 0 } items)
            yield return Empty("packages.items");
        else if (items.Count > 126)
            yield return new("v2_number_items_is_more_126", "A package has at most 126 positions");
        else if (items.Any(item => (int?)item?["amount"] is not (>= 1 and <= 999)))
            yield return new("v2_invalid_value_type", "Field [packages.items.amount] is not between 1 and 999");
    }

    static CdekFault Empty(string field) => new("v2_field_is_empty", $"Field [{field}] is empty");
}
