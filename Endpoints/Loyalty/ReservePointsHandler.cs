using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Loyalty;

sealed class ReservePointsHandler(LoymaxClient client, OperationsLedger ledger, CustomerLease lease) : IHandleMessages<ReservePoints>
{
    const string Step = "Bonus/Payment";

    public async Task Handle(ReservePoints message, IMessageHandlerContext context)
    {
        var operation = await ledger.Begin(
            message.OperationId, message.OrderId, LoymaxClient.System, "points", Fingerprint.Of(message), context.CancellationToken);
        await context.Reply(operation.Named(operation.Reply() ?? await lease.Hold(message.LoyaltyCard, held => Reserve(message, operation, held), context.CancellationToken)));
    }

    async Task<object> Reserve(ReservePoints command, Operation operation, CancellationToken cancellation)
    {
        var answer = await client.Purchase(
            command.Purchase ?? command.OrderId, Step, command.LoyaltyCard,
            new(command.OperationId, operation.FirstCall, LoymaxCheque.Of(command.Purchase ?? command.OrderId, operation.FirstCall, command.Lines), command.Points), cancellation);
        var state = answer is { WasSentBefore: true } ? await client.PurchaseState(command.Purchase ?? command.OrderId, cancellation) : null;

        var reply = Outcome(command, answer, state);
        return await ledger.Finish(operation.Id, reply is PointsReserved ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    /// <param name="state">Where the purchase stands, if the answer was that this operation had been sent before.</param>
    internal static object Outcome(ReservePoints command, LoymaxOperation? answer, string? state) => answer switch
    {
        null => new PointsRefused(command.OrderId, "the loyalty card is unknown"),
        { IsOk: true } => new PointsReserved(command.OrderId, command.Points),
        { WasSentBefore: true } => state switch
        {
            "Created" or "Confirmed" => new PointsReserved(command.OrderId, command.Points),
            "Canceled" => new PointsRefused(command.OrderId, "the purchase was cancelled in the loyalty programme"),
            _ => throw new RejectedException(
                $"{LoymaxClient.System} knows operation {command.OperationId} and no purchase of order {command.OrderId} (state '{state}'): " +
                "it must have failed, for a reason that was lost. " +
                "Look at the customer's operations in the tenant's back office; if no points were written off, let the order ask again under a new operation id."),
        },
        _ => LoymaxCodes.Refusal(answer.Code) is { } reason
            ? new PointsRefused(command.OrderId, reason)
            : throw LoymaxCodes.Unexpected(command.OrderId, Step, answer),
    };
}
