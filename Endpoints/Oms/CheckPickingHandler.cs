using Dovetail.Contracts.Oms.Commands;
using Dovetail.Contracts.Oms.Messages;
using Dovetail.Endpoints.Connectors;
using NServiceBus;

namespace Dovetail.Endpoints.Oms;

sealed class CheckPickingHandler(RetailCrmClient crm) : IHandleMessages<CheckPicking>
{
    public async Task Handle(CheckPicking command, IMessageHandlerContext context)
    {
        var standing = await crm.Standing(command.OrderId, context.CancellationToken) ?? throw Unknown(command);
        var state = StateOf(standing);
        var missing = state == PickingState.OutOfStock
            ? Missing(await crm.Find(command.OrderId, context.CancellationToken) ?? throw Unknown(command))
            : [];
        await context.Reply(new PickingReported(command.OrderId, state, missing));
    }

    internal static PickingState StateOf(OmsStanding standing) => standing switch
    {
        { Group: OmsStanding.Cancel, Status: "no-product" } => PickingState.OutOfStock,
        { Group: OmsStanding.Cancel } => PickingState.Cancelled,
        { Group: OmsStanding.Delivery or OmsStanding.Complete } or { Status: "assembling-complete" } => PickingState.Picked,
        _ => PickingState.InProgress,
    };

    internal static IReadOnlyList<string> Missing(OmsOrder order) =>
        [.. order.Items.Where(item => item.Status == OmsItem.OutOfStock).Select(item => item.LineId).OfType<string>()];

    static RejectedException Unknown(CheckPicking command) => new(
        $"RetailCRM has no order with the external id {command.OrderId}, which it had registered: somebody deleted it or took its external id away. " +
        "Put the external id back in RetailCRM, or cancel the order, then retry the message.");
}
