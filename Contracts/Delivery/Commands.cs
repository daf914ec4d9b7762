using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Delivery.Commands;

/// <summary>Register a shipment with the carrier. Sender: Sagas. Receiver: Delivery. Undo: CancelShipment.</summary>
public sealed record BookShipment(string OrderId, Customer Recipient, Destination Destination, IReadOnlyList<PricedLine> Lines, string OperationId);

/// <summary>Where is the shipment? Sender: Sagas. Receiver: Delivery.</summary>
public sealed record CheckShipment(string OrderId, string ShipmentId);

/// <summary>The carrier hints that something became of a shipment: look, and tell the process how it stands. Sender: Hooks. Receiver: Delivery.</summary>
/// <param name="HintedAt">When the hint came: who has looked since need not look again. Without it, somebody looks.</param>
public sealed record LookAtShipment(string OrderId, string ShipmentId, DateTimeOffset? HintedAt = null);

/// <summary>Withdraw a shipment that has not moved yet. Sender: Sagas. Receiver: Delivery.</summary>
public sealed record CancelShipment(string OrderId, string ShipmentId, string OperationId);
