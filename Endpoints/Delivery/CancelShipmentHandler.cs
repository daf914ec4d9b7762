using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Endpoints.Operations;
using NServiceBus;

namespace Dovetail.Endpoints.Delivery;

sealed class CancelShipmentHandler(CdekClient cdek, OperationsLedger ledger, TimeProvider time) : IHandleMessages<CancelShipment>
{
    const int Looks = 6;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>The carrier may need a moment between taking a shipment and showing it. What it does not show for so long is not there.</summary>
    static readonly TimeSpan Unseen = TimeSpan.FromMinutes(1);

    public async Task Handle(CancelShipment command, IMessageHandlerContext context)
    {
        var cancellation = context.CancellationToken;
        var operation = await ledger.Begin(
            command.OperationId, command.OrderId, CdekClient.Vendor, nameof(CancelShipment), Fingerprint.Of(command), cancellation);

        await context.Reply(operation.Reply() ?? await Cancel(command, operation, cancellation));
    }

    async Task<object> Cancel(CancelShipment command, Operation operation, CancellationToken cancellation)
    {
        // The carrier takes a deletion at once and carries it out a moment later: only a look at the shipment tells.
        CdekAnswer? deletion = null;
        for (var look = 1; look <= Looks; look++)
        {
            var shipment = await cdek.Find(command.OrderId, command.ShipmentId, cancellation);
            switch (Next(shipment, deletion, time.GetUtcNow() - operation.FirstCall))
            {
                case Step.Cancelled:
                    return await ledger.Finish(
                        command.OperationId, OperationState.Done, new ShipmentCancelled(command.OrderId, command.ShipmentId), cancellation);
                case Step.Refused:
                    return await ledger.Finish(
                        command.OperationId, OperationState.Refused,
                        new ShipmentCancellationRefused(command.OrderId, command.ShipmentId, Why(shipment!, deletion)), cancellation);
                case Step.Delete:
                    deletion = await cdek.Delete(shipment!.Entity!.Uuid, cancellation);
                    break;
            }

            await Task.Delay(Pause, time, cancellation);
        }

        throw new TimeoutException(
            $"CDEK was asked about the shipment {command.ShipmentId} of order {command.OrderId}, which is to be deleted, and has not said within " +
            $"{(Looks * Pause).TotalSeconds:0.#} s that it is. The message is tried again and looks first.");
    }

    /// <param name="deletion">What the carrier answered to our own request to delete, if there was one.</param>
    /// <param name="age">How long ago the deletion was first to be asked for.</param>
    internal static Step Next(CdekAnswer? shipment, CdekAnswer? deletion, TimeSpan age) => shipment switch
    {
        null => deletion is null && age < Unseen ? Step.Wait : Step.Cancelled,
        { IsInvalid: true } or { IsRemoved: true } => Step.Cancelled,
        { IsBeingRemoved: true } => Step.Wait,
        _ when HasMoved(shipment) => Step.Refused,
        _ when deletion is null => Step.Delete,
        _ => shipment.IsRemovalRefused || deletion.Faults.Count > 0 ? Step.Refused : Step.Wait,
    };

    static bool HasMoved(CdekAnswer shipment) => shipment.Entity!.Valid
        .Select(status => CdekStatuses.Meaning(status, destination: null)?.State)
        .Any(state => state is not (null or ShipmentState.Requested or ShipmentState.Booked or ShipmentState.Removed));

    static string Why(CdekAnswer shipment, CdekAnswer? deletion) => HasMoved(shipment)
        ? $"the carrier has the goods: {CdekStatuses.Report("", shipment.Entity!).Says}"
        : deletion is { Faults.Count: > 0 } ? deletion.Reason : shipment.Reason;

    /// <summary>What to do after a look at the shipment.</summary>
    internal enum Step
    {
        Cancelled,
        Refused,
        Delete,
        Wait,
    }
}
