namespace Dovetail.Contracts.Delivery.Messages;

/// <summary>Reply to BookShipment and CheckShipment: how the shipment stands with the carrier. Sender: Delivery. Receiver: Sagas.</summary>
/// <param name="ShipmentId">The carrier's id, known from the first answer on.</param>
/// <param name="TrackingNumber">The number for the customer; null until the carrier has registered the shipment.</param>
/// <param name="Says">The carrier's status in words for a customer: "on its way to Saint Petersburg".</param>
public sealed record ShipmentReported(string OrderId, string ShipmentId, ShipmentState State, string? TrackingNumber, string Says, DateTimeOffset At);

/// <summary>Reply to BookShipment and CheckShipment: the carrier will not take this shipment. Sender: Delivery. Receiver: Sagas.</summary>
public sealed record ShipmentRefused(string OrderId, string Reason);

/// <summary>Reply to CancelShipment; also when the carrier never had it. Sender: Delivery. Receiver: Sagas.</summary>
public sealed record ShipmentCancelled(string OrderId, string ShipmentId);

/// <summary>Reply to CancelShipment: it is on its way already. Sender: Delivery. Receiver: Sagas.</summary>
public sealed record ShipmentCancellationRefused(string OrderId, string ShipmentId, string Reason);

/// <summary>How a shipment stands with the carrier.</summary>
public enum ShipmentState
{
    /// <summary>The carrier took the request and has not registered it yet.</summary>
    Requested = 0,

    /// <summary>Registered, waiting for the goods.</summary>
    Booked = 1,

    /// <summary>The carrier has the goods.</summary>
    InTransit = 2,

    /// <summary>Waiting for the customer at a pick-up point.</summary>
    AtPickupPoint = 3,

    /// <summary>With the courier.</summary>
    OutForDelivery = 4,

    /// <summary>Handed over. Final.</summary>
    Delivered = 5,

    /// <summary>Refused, lost or not collected. Final.</summary>
    NotDelivered = 6,

    /// <summary>Withdrawn before it moved. Final.</summary>
    Removed = 7,
}
