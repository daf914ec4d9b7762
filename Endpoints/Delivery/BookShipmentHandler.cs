using Dovetail.Contracts.Delivery.Commands;
using Dovetail.Contracts.Delivery.Messages;
using Dovetail.Endpoints.Operations;
using Microsoft.Extensions.Options;
using NServiceBus;

namespace Dovetail.Endpoints.Delivery;

sealed class BookShipmentHandler(CdekClient cdek, OperationsLedger ledger, IOptions<CdekOptions> options) : IHandleMessages<BookShipment>
{
    public async Task Handle(BookShipment command, IMessageHandlerContext context)
    {
        var operation = await ledger.Begin(
            command.OperationId, command.OrderId, CdekClient.Vendor, nameof(BookShipment), Fingerprint.Of(command), context.CancellationToken);

        await context.Reply(operation.Reply() ?? await Book(command, operation, context.CancellationToken));
    }

    async Task<object> Book(BookShipment command, Operation operation, CancellationToken cancellation)
    {
        // An earlier attempt may have booked without our hearing of it.
        var shipment = operation.IsNew ? null : await Living(command, cancellation);
        if (shipment is not null)
            return await Booked(command, CdekStatuses.Report(command.OrderId, shipment), cancellation);

        var answer = await cdek.Book(CdekDraft.Of(command, options.Value), cancellation);
        if (!answer.IsInvalid && answer.Entity is { } taken)
            return await Booked(command, CdekStatuses.Requested(command.OrderId, taken.Uuid), cancellation);

        if (!answer.IsRepetition)
            return await ledger.Finish(operation.Id, OperationState.Refused, new ShipmentRefused(command.OrderId, answer.Reason), cancellation);

        var earlier = await Living(command, cancellation) ?? throw CdekClient.Lost(command.OrderId);
        return await Booked(command, CdekStatuses.Report(command.OrderId, earlier), cancellation);
    }

    async Task<CdekShipment?> Living(BookShipment command, CancellationToken cancellation) =>
        await cdek.FindByNumber(command.OrderId, cancellation) is { IsAlive: true } found ? found.Entity : null;

    Task<object> Booked(BookShipment command, ShipmentReported report, CancellationToken cancellation) =>
        ledger.Finish(command.OperationId, OperationState.Done, report, report.ShipmentId, cancellation);
}
