using Dovetail.Contracts.Loyalty.Commands;
using Dovetail.Contracts.Loyalty.Messages;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Loyalty;

/// <summary>Has the points computed that the order earned, then confirms the purchase: only then they are the customer's.</summary>
/// <remarks>Two operations, each in the ledger: how many points were earned is told in the answer to the first one alone.</remarks>
sealed class AccruePointsHandler(LoymaxClient client, OperationsLedger ledger, CustomerLease lease, IOptions<LoymaxOptions> options) : IHandleMessages<AccruePoints>
{
    public async Task Handle(AccruePoints message, IMessageHandlerContext context)
    {
        var operation = await ledger.Begin(
            message.OperationId, message.OrderId, LoymaxClient.System, "accrue", Fingerprint.Of(message with { Settled = false }), context.CancellationToken);
        await context.Reply(message.Settled
            ? await ledger.Settle(operation, new PointsAccrued(message.OrderId, 0m), context.CancellationToken)
            : operation.Reply() ?? await lease.Hold(message.LoyaltyCard, held => Accrue(message, operation, held), context.CancellationToken));
    }

    async Task<object> Accrue(AccruePoints command, Operation operation, CancellationToken cancellation)
    {
        var earned = await ledger.Begin(
            $"{operation.Id}/bonus", command.OrderId, LoymaxClient.System, "accrue-bonus", Fingerprint.Of(command), cancellation);
        var reply = earned.Reply() ?? await Compute(command, earned, cancellation);
        if (reply is PointsAccrued accrued)
            reply = await Confirm(command, accrued, operation, cancellation);
        return await ledger.Finish(operation.Id, reply is PointsAccrued ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    async Task<object> Compute(AccruePoints command, Operation operation, CancellationToken cancellation)
    {
        var cheque = LoymaxCheque.Of(command.Purchase ?? command.OrderId, operation.FirstCall, command.Lines);
        var answer = await client.Purchase(
            command.Purchase ?? command.OrderId, "Bonus", command.LoyaltyCard,
            new(operation.Id, operation.FirstCall, cheque, Pays: [new(options.Value.PayType, command.Paid.Amount)]), cancellation);

        // The points are in the purchase and the answer that named them is lost: a calculation changes nothing and names them again.
        if (answer is { WasSentBefore: true })
        {
            answer = await client.Purchase(
                command.Purchase ?? command.OrderId, "Calculate", command.LoyaltyCard, new($"{operation.Id}/{Guid.NewGuid():N}", operation.FirstCall, cheque), cancellation);
        }

        var reply = Outcome(command, answer);
        return await ledger.Finish(operation.Id, reply is PointsAccrued ? OperationState.Done : OperationState.Refused, reply, cancellation);
    }

    async Task<object> Confirm(AccruePoints command, PointsAccrued accrued, Operation operation, CancellationToken cancellation)
    {
        var answer = await client.Purchase(
            command.Purchase ?? command.OrderId, "Confirm", command.LoyaltyCard, new($"{operation.Id}/confirm", operation.FirstCall), cancellation);
        var state = answer is { WasSentBefore: true } ? await client.PurchaseState(command.Purchase ?? command.OrderId, cancellation) : null;
        return Confirmed(command, accrued, answer, state);
    }

    internal static object Outcome(AccruePoints command, LoymaxOperation? answer) => answer switch
    {
        null => new PointsRefused(command.OrderId, "the loyalty card is unknown"),
        { IsOk: true } => new PointsAccrued(command.OrderId, answer.Cheque?.TotalCashback ?? 0),

        // Somebody confirmed the purchase by hand: what it earned is the customer's, though we are not told how much that was.
        { IsConfirmed: true } => new PointsAccrued(command.OrderId, answer.Cheque?.TotalCashback ?? 0),
        _ => LoymaxCodes.Refusal(answer.Code) is { } reason
            ? new PointsRefused(command.OrderId, reason)
            : throw LoymaxCodes.Unexpected(command.OrderId, "Bonus", answer),
    };

    /// <param name="state">Where the purchase stands, if the answer was that this operation had been sent before.</param>
    internal static object Confirmed(AccruePoints command, PointsAccrued accrued, LoymaxOperation? answer, string? state) => answer switch
    {
        null => new PointsRefused(command.OrderId, "the loyalty card is unknown"),
        { IsOk: true } or { IsConfirmed: true } => accrued,
        { WasSentBefore: true } when state == "Confirmed" => accrued,
        _ => LoymaxCodes.Refusal(answer.Code) is { } reason
            ? new PointsRefused(command.OrderId, reason)
            : throw LoymaxCodes.Unexpected(command.OrderId, "Confirm", answer),
    };
}
