using System.Data.Common;
using System.Text.Json;
using Dovetail.Endpoints.Connectors;
using Dovetail.Endpoints.Database;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Dovetail.Endpoints.Operations;

/// <summary>Every operation that moves money, points or goods, written down before the vendor is first asked.</summary>
/// <remarks>Each method ends when what it wrote is on disk. No transaction is open while a vendor is asked.</remarks>
public sealed partial class OperationsLedger(IDbContextFactory<OperationsContext> contexts, TimeProvider time, ILogger<OperationsLedger> logger) : IDisposable
{
    readonly CommitLane<OperationsContext> _lane = new(contexts);

    /// <summary>Begins the operation, or finds it as an earlier attempt left it.</summary>
    /// <exception cref="RejectedException">The id was used for something else.</exception>
    public Task<Operation> Begin(string operationId, string orderId, string system, string kind, string fingerprint, CancellationToken cancellation) =>
        Begin(operationId, orderId, system, kind, fingerprint, vendorId: null, cancellation);

    /// <param name="vendorId">What the vendor calls the thing that is operated on, where that exists already.</param>
    /// <exception cref="RejectedException">The id was used for something else.</exception>
    public Task<Operation> Begin(
        string operationId, string orderId, string system, string kind, string fingerprint, string? vendorId, CancellationToken cancellation) => _lane.Write(operationId, db =>
    {
        var now = time.GetUtcNow();
        var isNew = db.Execute(
            $"""
            INSERT INTO Operations (Id, OrderId, System, Kind, Fingerprint, State, FirstCall, VendorId)
            VALUES ({operationId}, {orderId}, {system}, {kind}, {fingerprint}, {nameof(OperationState.Started)}, {now}, {vendorId})
            ON CONFLICT (Id) DO NOTHING
            """) == 1;
        if (isNew) return new Operation(operationId, orderId, system, kind, OperationState.Started, now, vendorId, Answer: null) { IsNew = true };

        var row = Row(db, operationId)!;
        return (row.System, row.Kind, row.Fingerprint) == (system, kind, fingerprint) ? row.ToOperation() : throw new RejectedException(
            $"Operation {operationId} of order {row.OrderId} was begun at {row.FirstCall:O} as {row.Kind} at {row.System} and now comes with other content " +
            $"({kind} at {system}). Nothing was sent: an operation id stands for one command, or the vendor would be asked for two things under one key. " +
            "Find out who minted the id twice, and send the second command under an id of its own.");
    }, cancellation);

    /// <summary>The operation as an earlier attempt left it, if there was one.</summary>
    public Task<Operation?> Find(string operationId, CancellationToken cancellation) => _lane.Read(db => Row(db, operationId)?.ToOperation(), cancellation);

    /// <summary>All that was begun for an order at one system, the oldest first.</summary>
    public Task<IReadOnlyList<Operation>> Of(string orderId, string system, CancellationToken cancellation) => _lane.Read<IReadOnlyList<Operation>>(db =>
    [
        .. db.Query(
            $"SELECT Id, OrderId, System, Kind, Fingerprint, State, FirstCall, VendorId, Answer, AnswerType FROM Operations WHERE OrderId = {orderId} AND System = {system}", Read)
            .OrderBy(row => row.FirstCall).Select(row => row.ToOperation()),
    ], cancellation);

    /// <summary>Remembers what the vendor calls it, as soon as it is known.</summary>
    public Task Name(string operationId, string vendorId, CancellationToken cancellation) =>
        _lane.Write(operationId, db => db.Execute($"UPDATE Operations SET VendorId = {vendorId} WHERE Id = {operationId}"), cancellation);

    /// <summary>Ends the operation with the reply that every repetition of the command gets.</summary>
    /// <returns>The reply to send: of two attempts that end the same operation, the first one's answer counts.</returns>
    public Task<object> Finish<TReply>(string operationId, OperationState state, TReply reply, CancellationToken cancellation) where TReply : notnull =>
        Finish(operationId, state, reply, vendorId: null, cancellation);

    /// <param name="vendorId">What the vendor calls it, where that has only now become known.</param>
    /// <returns>The reply to send: of two attempts that end the same operation, the first one's answer counts.</returns>
    public Task<object> Finish<TReply>(string operationId, OperationState state, TReply reply, string? vendorId, CancellationToken cancellation)
        where TReply : notnull => _lane.Write<object>(operationId, db =>
    {
        var isFirst = db.Execute(
            $"""
            UPDATE Operations SET State = {state.ToString()}, Answer = {JsonSerializer.Serialize(reply, reply.GetType())}, AnswerType = {reply.GetType().FullName},
                Finished = {time.GetUtcNow()}, VendorId = coalesce({vendorId}, VendorId)
            WHERE Id = {operationId} AND Answer IS NULL
            """) == 1;
        return isFirst ? reply : Row(db, operationId)?.ToOperation().Reply()
            ?? throw new InvalidOperationException($"Operation {operationId} can't end: it was never begun. Call {nameof(Begin)} before the vendor.");
    }, cancellation);

    /// <summary>Ends the operation as a person did it in the vendor's place: whatever copy of the command comes later, the vendor is not asked.</summary>
    /// <returns>The reply to send: if the operation had ended before, that of then.</returns>
    public async Task<object> Settle<TReply>(Operation operation, TReply reply, CancellationToken cancellation) where TReply : notnull
    {
        if (operation.State == OperationState.Done) DoneTwice(operation.Id, operation.OrderId, operation.System);
        return operation.Reply() ?? await Finish(operation.Id, OperationState.Settled, reply, cancellation);
    }

    public void Dispose() => _lane.Dispose();

    static OperationRow? Row(PreparedStatements db, string operationId) => db.Query(
        $"SELECT Id, OrderId, System, Kind, Fingerprint, State, FirstCall, VendorId, Answer, AnswerType FROM Operations WHERE Id = {operationId}", Read).SingleOrDefault();

    static OperationRow Read(DbDataReader row) => new()
    {
        Id = row.GetString(0),
        OrderId = row.GetString(1),
        System = row.GetString(2),
        Kind = row.GetString(3),
        Fingerprint = row.GetString(4),
        State = Enum.Parse<OperationState>(row.GetString(5)),
        FirstCall = new(row.GetInt64(6), TimeSpan.Zero),
        VendorId = row.IsDBNull(7) ? null : row.GetString(7),
        Answer = row.IsDBNull(8) ? null : row.GetString(8),
        AnswerType = row.IsDBNull(9) ? null : row.GetString(9),
    };

    [LoggerMessage(LogLevel.Warning, "Operation {OperationId} of order {OrderId} was done by {System}, and a person says that it was done by hand. Look in the accounts whether it was done twice.")]
    partial void DoneTwice(string operationId, string orderId, string system);
}
