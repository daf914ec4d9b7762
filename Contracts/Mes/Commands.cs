using Dovetail.Contracts.Orders;

namespace Dovetail.Contracts.Mes.Commands;

/// <summary>Compute the price of making a model; may take 30 minutes. Sender: Sagas. Receiver: Mes. Undo: CancelModelPrice.</summary>
public sealed record RequestModelPrice(string OrderId, string LineId, Model Model, int Quantity, string OperationId);

/// <summary>How far is the computation? Sender: Sagas. Receiver: Mes.</summary>
public sealed record CheckModelPrice(string OrderId, string LineId, string JobId);

/// <summary>Nobody waits for this price any more. Sender: Sagas. Receiver: Mes.</summary>
public sealed record CancelModelPrice(string OrderId, string LineId, string JobId);
