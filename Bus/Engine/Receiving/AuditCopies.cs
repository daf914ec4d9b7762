using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Receiving;

/// <summary>Copies of handled messages for the audit queue, and receipts for retries that ServiceControl asked for.</summary>
sealed class AuditCopies(EndpointSettings settings, OutgoingMessages outgoing, ITransport transport, TimeProvider time)
{
    const string RetryId = "ServiceControl.Retry.UniqueMessageId";
    const string RetryReceiptQueue = "ServiceControl.Retry.AcknowledgementQueue";

    public void Add(UnitOfWork work, ReceivedMessage message, DateTimeOffset startedAt)
    {
        var receipted = AddReceipt(work, message);
        if (settings.AuditQueue is null) return;

        var headers = new Dictionary<string, string>(message.Headers, StringComparer.Ordinal)
        {
            [Headers.ProcessingStarted] = WireTime.Write(startedAt),
            [Headers.ProcessingEnded] = WireTime.Write(time.GetUtcNow()),
            [Headers.HostId] = settings.Host.Id.ToString("N"),
            [Headers.HostDisplayName] = settings.Host.DisplayName,
            [Headers.ProcessingMachine] = settings.Host.Machine,
            [Headers.ProcessingEndpoint] = settings.EndpointName,
        };
        if (receipted) headers["ServiceControl.Retry.AcknowledgementSent"] = "true";
        outgoing.Stamp(headers, due: null);
        work.Outgoing.Add(new OutgoingOperation(
            headers[Headers.MessageId], headers, message.Body, new Target.Queue(transport.Address(settings.AuditQueue)), ExpiresAfter: settings.AuditTimeToBeReceived));
    }

    bool AddReceipt(UnitOfWork work, ReceivedMessage message)
    {
        if (!message.Headers.TryGetValue(RetryId, out var retryId) || !message.Headers.TryGetValue(RetryReceiptQueue, out var queue)) return false;

        var id = CombGuid.New(time.GetUtcNow()).ToString();
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ServiceControl.Retry.Successful"] = WireTime.Write(time.GetUtcNow()),
            [RetryId] = retryId,
            [Headers.ControlMessageHeader] = bool.TrueString,
        };
        outgoing.Stamp(headers, due: null);
        work.Outgoing.Add(new OutgoingOperation(id, headers, ReadOnlyMemory<byte>.Empty, new Target.Queue(transport.Address(queue)), MayGetLost: true));
        return true;
    }
}
