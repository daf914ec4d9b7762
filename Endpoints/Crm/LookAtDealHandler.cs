using Dovetail.Contracts.Crm.Commands;
using Dovetail.Contracts.Orders.Commands;
using Dovetail.Contracts.Orders.Events;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Endpoints.Crm;

/// <summary>A deal that people lose is an order that is to be cancelled; whatever else they change in what the hub writes is put right.</summary>
sealed partial class LookAtDealHandler(OrderDeals deals, ILogger<LookAtDealHandler> logger) : IHandleMessages<LookAtDeal>, IHandleMessages<OrderCancellationRefused>
{
    public const string Reason = "the sales people closed its deal as lost";

    public async Task Handle(LookAtDeal hint, IMessageHandlerContext context)
    {
        var verdict = await deals.Compare(hint.OrderId, mayGiveUp: true, context.CancellationToken);
        Tell(verdict, hint.OrderId);
        if (verdict is DealVerdict.GivenUp)
            await context.Send(new CancelOrder(hint.OrderId, Reason));
    }

    /// <summary>The order goes on, so its deal does too.</summary>
    public async Task Handle(OrderCancellationRefused refused, IMessageHandlerContext context) =>
        Tell(await deals.Compare(refused.OrderId, mayGiveUp: false, context.CancellationToken), refused.OrderId);

    void Tell(DealVerdict verdict, string orderId)
    {
        switch (verdict)
        {
            case DealVerdict.GivenUp:
                GivenUp(orderId);
                break;
            case DealVerdict.Changed changed:
                PutRight(orderId, string.Join(", ", changed.Fields.Keys));
                break;
            case DealVerdict.LeftAlone:
                LeftAlone(orderId);
                break;
        }
    }

    [LoggerMessage(LogLevel.Information, "The deal of order {OrderId} was closed as lost in the CRM, so the order is asked to be cancelled.")]
    partial void GivenUp(string orderId);

    [LoggerMessage(LogLevel.Information, "The deal of order {OrderId} had been changed in the CRM; {Fields} were written as the order stands.")]
    partial void PutRight(string orderId, string fields);

    [LoggerMessage(LogLevel.Warning, "The deal of order {OrderId} was changed in the CRM again, after the hub had put it right as often as it may in a day (Crm:Bitrix24:Feed:CorrectionsADay). It is left as it is: look for a robot or a rule in the portal that changes deals of this hub.")]
    partial void LeftAlone(string orderId);
}
