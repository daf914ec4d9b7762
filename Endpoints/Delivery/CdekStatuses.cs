using Dovetail.Contracts.Delivery.Messages;

namespace Dovetail.Endpoints.Delivery;

/// <summary>What CDEK's statuses mean for the hub and for the customer.</summary>
static class CdekStatuses
{
    /// <summary>The newest status that the hub knows: the carrier adds codes now and then, and they must not stop an order.</summary>
    public static ShipmentReported Report(string orderId, CdekShipment shipment)
    {
        foreach (var status in shipment.Valid)
        {
            if (Meaning(status, shipment.ToLocation?.City) is var (state, says))
                return new(orderId, shipment.Uuid, state, shipment.CdekNumber, says, status.At);
        }

        return Requested(orderId, shipment.Uuid) with { TrackingNumber = shipment.CdekNumber };
    }

    /// <summary>Older than anything that the carrier will say: by our own clock its first status could look older still, as it gives whole seconds of its clock.</summary>
    public static ShipmentReported Requested(string orderId, string shipmentId) =>
        new(orderId, shipmentId, ShipmentState.Requested, null, "requested from the carrier", DateTimeOffset.UnixEpoch);

    /// <summary>Null for a code that the hub does not know, and for INVALID, which is no state of a shipment but a refusal.</summary>
    public static (ShipmentState State, string Says)? Meaning(CdekStatus status, string? destination)
    {
        var here = status.City ?? "transit";
        var there = destination ?? "the pick-up point";
        return status.Code switch
        {
            "ACCEPTED" => (ShipmentState.Requested, "requested from the carrier"),
            "CREATED" => (ShipmentState.Booked, "registered with the carrier, waiting for the parcel"),
            "REMOVED" => (ShipmentState.Removed, "withdrawn before it left"),

            "RECEIVED_AT_SHIPMENT_WAREHOUSE" => (ShipmentState.InTransit, $"with the carrier in {here}"),
            "READY_FOR_SHIPMENT_IN_SENDER_CITY" or "READY_TO_SHIP_AT_SENDING_OFFICE" => (ShipmentState.InTransit, $"about to leave {here}"),
            "RETURNED_TO_SENDER_CITY_WAREHOUSE" => (ShipmentState.InTransit, $"back at the carrier's warehouse in {here}"),
            "TAKEN_BY_TRANSPORTER_FROM_SENDER_CITY" or "SENT_TO_RECIPIENT_CITY" => (ShipmentState.InTransit, $"on its way to {there}"),

            "SENT_TO_TRANSIT_CITY" or "TAKEN_BY_TRANSPORTER_FROM_TRANSIT_CITY" => (ShipmentState.InTransit, $"on its way to {there}"),
            "ACCEPTED_IN_TRANSIT_CITY" or "ACCEPTED_AT_TRANSIT_WAREHOUSE" or "RETURNED_TO_TRANSIT_WAREHOUSE" or "READY_TO_SHIP_IN_TRANSIT_OFFICE" =>
                (ShipmentState.InTransit, $"on its way to {there}, now in {here}"),
            "SENT_TO_SENDER_CITY" or "ACCEPTED_IN_SENDER_CITY" => (ShipmentState.InTransit, "on its way back to the sender"),

            "ACCEPTED_IN_RECIPIENT_CITY" or "ACCEPTED_AT_RECIPIENT_CITY_WAREHOUSE" => (ShipmentState.InTransit, $"arrived in {status.City ?? there}"),
            "RETURNED_TO_RECIPIENT_CITY_WAREHOUSE" => (ShipmentState.InTransit, "the courier could not hand it over, it will be tried again"),
            "ACCEPTED_AT_PICK_UP_POINT" => (ShipmentState.AtPickupPoint, "waiting at the pick-up point"),
            "TAKEN_BY_COURIER" => (ShipmentState.OutForDelivery, "with the courier"),
            "POSTOMAT_POSTED" => (ShipmentState.AtPickupPoint, "waiting in the parcel locker"),
            "POSTOMAT_SEIZED" => (ShipmentState.InTransit, "taken out of the parcel locker by the carrier"),

            "DELIVERED" or "POSTOMAT_RECEIVED" => (ShipmentState.Delivered, "delivered"),
            "NOT_DELIVERED" => (ShipmentState.NotDelivered, NotDelivered(status.ReasonCode)),

            "IN_CUSTOMS_INTERNATIONAL" or "IN_CUSTOMS_LOCAL" => (ShipmentState.InTransit, "at customs"),
            "CUSTOMS_COMPLETE" => (ShipmentState.InTransit, $"cleared by customs, on its way to {there}"),
            "SHIPPED_TO_DESTINATION" or "PASSED_TO_TRANSIT_CARRIER" => (ShipmentState.InTransit, $"on its way to {there}"),
            var code when code.StartsWith("ENTERED_TO_", StringComparison.Ordinal) => (ShipmentState.InTransit, $"on its way to {there}, now in {here}"),
            _ => null,
        };
    }

    static string NotDelivered(string? reason) => reason switch
    {
        "11" => "not delivered: the recipient refused it",
        "20" => "not delivered in full",
        "23" => "not delivered: nobody collected it in time",
        "26" => "not delivered: the carrier lost it",
        null or "" => "not delivered",
        _ => $"not delivered (the carrier's reason {reason})",
    };
}
