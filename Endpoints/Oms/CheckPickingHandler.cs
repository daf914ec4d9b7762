using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Connectors;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed class CheckPickingHandler(RetailCrmClient crm) : IHandleMessages<CheckPicking>
{
    public async Task Handle(CheckPicking command, IMessageHandlerContext context)
    {
        var order = await crm.Find(command.OrderId, context.CancellationToken) ?? throw new RejectedException(
            $"RetailCRM has no order with the external id {command.OrderId}, which it had registered: somebody deleted it or took its external id away. " +
            "Put the external id back in RetailCRM, or cancel the order, then retry the message.");

        await context.Reply(Report(command, order));
    }

    internal static PickingReported Report(CheckPicking command, OmsOrder order)
    {
        var state = StateOf(order.Standing);
        string[] lines = [.. order.Items.Select(item => item.LineId).OfType<string>().Distinct()];
        return new(command.OrderId, state, state == PickingState.OutOfStock ? Missing(order) : [], lines.Length == 0 ? null : lines);
    }

    internal static PickingState StateOf(OmsStanding standing) => standing switch
    {
        { LacksGoods: true } => PickingState.OutOfStock,
        { Group: OmsStanding.Cancel } => PickingState.Cancelled,
        { Group: OmsStanding.Delivery or OmsStanding.Complete } or { Status: "assembling-complete" } => PickingState.Picked,
        _ => PickingState.InProgress,
    };

    static IReadOnlyList<string> Missing(OmsOrder order) =>
        [.. order.Items.Where(item => item.Status == OmsItem.OutOfStock).Select(item => item.LineId).OfType<string>()];
}
