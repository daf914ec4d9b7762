using Dovetail.Contracts;
using Dovetail.Contracts.Mes.Messages;
using Dovetail.Endpoints.Connectors;

namespace Dovetail.Endpoints.Mes;

/// <summary>What a computation's state means to the order.</summary>
static class PriceJobs
{
    public static object Reply(string orderId, string lineId, PriceJob job) => job switch
    {
        { Status: "queued" or "running", Id: { } id } => new ModelPriceRunning(orderId, lineId, id, Math.Clamp(job.Progress, 0m, 1m)),
        { Status: "succeeded", Id: { } id, Result.UnitPrice: { } price } =>
            new ModelPriceCalculated(orderId, lineId, id, new Money(price.Amount, price.Currency).Rounded()),
        { Status: "failed" or "refused", Error: var problem } =>
            new ModelPriceRefused(orderId, lineId, problem?.Detail ?? problem?.Title ?? "the manufacturing system gave no reason"),
        { Status: "expired" } => new ModelPriceRefused(orderId, lineId, "the manufacturing system did not compute the price in time"),
        { Status: "canceled" } => new ModelPriceRefused(orderId, lineId, "the computation of the price was cancelled"),
        _ => throw new RejectedException(
            $"The MES answered '{job.Status}' for the computation {job.Id} of order {orderId}, line {lineId}, which this hub does not understand. " +
            $"Add it to {nameof(PriceJobs)}.{nameof(Reply)}, then retry the message from the error queue."),
    };
}
