using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Oms.Commands;

/// <summary>Register the order with its prices and have its goods picked. Sender: Sagas. Receiver: Oms. Undo: CancelOmsOrder.</summary>
public sealed record RegisterOrder(
    string OrderId, Customer Customer, IReadOnlyList<PricedLine> Lines, Destination Destination, Money Total, string OperationId);

/// <summary>Goods were missing: the order is now these lines; have them picked. Sender: Sagas. Receiver: Oms. Undo: CancelOmsOrder.</summary>
/// <param name="Lines">All lines of the order as they are to be; what took the place of a missing line has a line id of its own.</param>
/// <param name="Total">What the customer pays, points included.</param>
public sealed record AmendOrder(string OrderId, IReadOnlyList<PricedLine> Lines, Money Total, string OperationId);

/// <summary>Are the goods picked? Sender: Sagas. Receiver: Oms.</summary>
public sealed record CheckPicking(string OrderId);

/// <summary>The order management system's feed shows that something became of an order: look, and tell the process how picking stands. Sender: Oms. Receiver: Oms.</summary>
public sealed record LookAtPicking(string OrderId);

/// <summary>Stop picking, put the goods back, close the order as cancelled. Sender: Sagas. Receiver: Oms.</summary>
public sealed record CancelOmsOrder(string OrderId, string Reason, string OperationId);

/// <summary>The carrier has the goods. Sender: Sagas. Receiver: Oms. No reply.</summary>
public sealed record MarkOrderShipped(string OrderId, string TrackingNumber, string OperationId);

/// <summary>The customer has the goods. Sender: Sagas. Receiver: Oms. No reply.</summary>
public sealed record MarkOrderComplete(string OrderId, string OperationId);
