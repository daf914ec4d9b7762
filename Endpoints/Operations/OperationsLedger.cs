using System.Text.Json;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;

namespace Dovetail.Endpoints.Operations;

/// <summary>Every operation that moves money, points or goods, written down before the vendor is first asked.</summary>
/// <remarks>Each method ends when what it wrote is on disk. No transaction is open while a vendor is asked.</remarks>
public sealed class OperationsLedger(IDbContextFactory<OperationsContext> contexts, TimeProvider time)
{
    readonly CommitLane<OperationsContext> _lane = new(contexts);

    /// <summary>Begins the operation, or finds it as an earlier attempt left it.</summary>
    /// <exception cref="RejectedException">The id was used for something else.</exception>
    public Task<Operation> Begin(string operationId, string orderId, string system, string kind, string fingerprint, CancellationToken cancellation) =>
        Begin(operationId, orderId, system, kind, fingerprint, vendorId: null, cancellation);

    /// <param name="vendorId">What the vendor calls the thing that is operated on, where that exists already.</param>
    /// <exception cref="RejectedException">The id was used for something else.</exception>
    public Task<Operation> Begin(
        string operationId, string orderId, string system, string kind, string fingerprint, string? vendorId, CancellationToken cancellation) => _lane.Run(async context =>
    {
        var row = await context.Operations.FindAsync(operationId);
        if (row is null)
        {
            row = new()
            {
                Id = operationId, OrderId = orderId, System = system, Kind = kind, Fingerprint = fingerprint,
                State = OperationState.Started, FirstCall = time.GetUtcNow(), VendorId = vendorId,
            };
            context.Operations.Add(row);
            await context.SaveChangesAsync();
            return row.ToOperation() with { IsNew = true };
        }

        return (row.System, row.Kind, row.Fingerprint) == (system, kind, fingerprint) ? row.ToOperation() : throw new RejectedException(
            $"Operation {operationId} of order {row.OrderId} was begun at {row.FirstCall:O} as {row.Kind} at {row.System} and now comes with other content " +
            $"({kind} at {system}). Nothing was sent: an operation id stands for one command, or the vendor would be asked for two things under one key. " +
            "Find out who minted the id twice, and send the second command under an id of its own.");
    }, cancellation);

    /// <summary>The operation as an earlier attempt left it, if there was one.</summary>
    public Task<Operation?> Find(string operationId, CancellationToken cancellation) => _lane.Run(
        async context => (await context.Operations.FindAsync(operationId))?.ToOperation(), cancellation);

    /// <summary>All that was begun for an order at one system, the oldest first.</summary>
    public Task<IReadOnlyList<Operation>> Of(string orderId, string system, CancellationToken cancellation) => _lane.Run<IReadOnlyList<Operation>>(async context =>
    {
        var rows = await context.Operations.AsNoTracking().Where(row => row.OrderId == orderId && row.System == system).ToListAsync();
        return [.. rows.OrderBy(row => row.FirstCall).Select(row => row.ToOperation())];
    }, cancellation);

    /// <summary>Remembers what the vendor calls it, as soon as it is known.</summary>
    public Task Name(string operationId, string vendorId, CancellationToken cancellation) => _lane.Run(context =>
        context.Operations.Where(row => row.Id == operationId).ExecuteUpdateAsync(row => row.SetProperty(o => o.VendorId, vendorId)), cancellation);

    /// <summary>Ends the operation with the reply that every repetition of the command gets.</summary>
    /// <returns>The reply to send: of two attempts that end the same operation, the first one's answer counts.</returns>
    public Task<object> Finish<TReply>(string operationId, OperationState state, TReply reply, CancellationToken cancellation)
        where TReply : notnull => _lane.Run<object>(async context =>
    {
        var row = await context.Operations.FindAsync(operationId)
            ?? throw new InvalidOperationException($"Operation {operationId} can't end: it was never begun. Call {nameof(Begin)} before the vendor.");
        if (row.ToOperation().Reply() is { } earlier)
            return earlier;

        row.State = state;
        row.Answer = JsonSerializer.Serialize(reply, reply.GetType());
        row.AnswerType = reply.GetType().FullName;
        row.Finished = time.GetUtcNow();
        await context.SaveChangesAsync();
        return reply;
    }, cancellation);
}
