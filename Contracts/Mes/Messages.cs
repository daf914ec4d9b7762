namespace Dovetail.Contracts.Mes.Messages;

/// <summary>Reply to RequestModelPrice and CheckModelPrice: the computation runs. Sender: Mes. Receiver: Sagas.</summary>
/// <param name="Progress">Between 0 and 1.</param>
public sealed record ModelPriceRunning(string OrderId, string LineId, string JobId, decimal Progress);

/// <summary>Reply to RequestModelPrice and CheckModelPrice: the price of one piece. Sender: Mes. Receiver: Sagas.</summary>
public sealed record ModelPriceCalculated(string OrderId, string LineId, string JobId, Money UnitPrice);

/// <summary>Reply to RequestModelPrice and CheckModelPrice: this model can't be priced or made. Sender: Mes. Receiver: Sagas.</summary>
public sealed record ModelPriceRefused(string OrderId, string LineId, string Reason);

/// <summary>Reply to CancelModelPrice; also when the computation had already ended. Sender: Mes. Receiver: Sagas.</summary>
public sealed record ModelPriceCancelled(string OrderId, string LineId);
