using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Loyalty;

sealed class ReleasePointsHandler(LoymaxClient client, OperationsLedger ledger, CustomerLease lease) : IHandleMessages<ReleasePoints>
{
    const string Step = "Cancel";

    public async Task Handle(ReleasePoints message, IMessageHandlerContext context)
    {
        var operation = await ledger.Begin(
            message.OperationId, message.OrderId, LoymaxClient.System, "points-release", Fingerprint.Of(message with { Settled = false }), context.CancellationToken);
        await context.Reply(operation.Named(message.Settled
            ? await ledger.Settle(operation, new PointsReleased(message.OrderId), context.CancellationToken)
            : operation.Reply() ?? await lease.Hold(message.LoyaltyCard, held => Release(message, operation, held), context.CancellationToken)));
    }

    async Task<object> Release(ReleasePoints command, Operation operation, CancellationToken cancellation)
    {
        var answer = await client.Purchase(command.Purchase ?? command.OrderId, Step, command.LoyaltyCard, new(command.OperationId, operation.FirstCall), cancellation);
        var state = answer is { WasSentBefore: true } ? await client.PurchaseState(command.Purchase ?? command.OrderId, cancellation) : null;
        return await ledger.Finish(operation.Id, OperationState.Done, Outcome(command, answer, state), cancellation);
    }

    /// <param name="state">Where the purchase stands, if the answer was that this operation had been sent before.</param>
    internal static PointsReleased Outcome(ReleasePoints command, LoymaxOperation? answer, string? state) => answer switch
    {
        // Nothing was ever set aside for a card or a purchase that is unknown.
        null or { IsOk: true } or { Code: "PurchaseNotFound" or "OperationNotFound" or "OperationIsCanceled" } => new(command.OrderId),
        { WasSentBefore: true } when state is "Canceled" or null => new(command.OrderId),
        { IsConfirmed: true } or { WasSentBefore: true } => throw new RejectedException(
            $"The points of order {command.OrderId} were not released: its purchase at {LoymaxClient.System} is '{state ?? "Confirmed"}', and not cancelled. " +
            "Give the points back in the tenant's back office, then resume the order as settled."),
        _ => throw LoymaxCodes.Unexpected(command.OrderId, Step, answer),
    };
}
