using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Oms.Commands;

/// <summary>Register the order with its prices and have its goods picked. Sender: Sagas. Receiver: Oms. Undo: CancelOmsOrder.</summary>
public sealed record RegisterOrder(
    string OrderId, Customer Customer, IReadOnlyList<PricedLine> Lines, Destination Destination, Money Total, string OperationId);

/// <summary>Are the goods picked? Sender: Sagas. Receiver: Oms.</summary>
public sealed record CheckPicking(string OrderId);

/// <summary>Stop picking, put the goods back, close the order as cancelled. Sender: Sagas. Receiver: Oms.</summary>
public sealed record CancelOmsOrder(string OrderId, string Reason, string OperationId);

/// <summary>The carrier has the goods. Sender: Sagas. Receiver: Oms. No reply.</summary>
public sealed record MarkOrderShipped(string OrderId, string TrackingNumber, string OperationId);

/// <summary>The customer has the goods. Sender: Sagas. Receiver: Oms. No reply.</summary>
public sealed record MarkOrderComplete(string OrderId, string OperationId);
