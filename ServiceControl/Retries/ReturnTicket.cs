using Dovetail.ServiceControl.Messages;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Store;

namespace Dovetail.ServiceControl.Retries;

/// <summary>A failed message made ready for its endpoint: as it first came, plus where to say that it went well.</summary>
static class ReturnTicket
{
    // What the failure has added. Everything else stays, the message id first of all: by it an endpoint knows a message that it has seen.
    static readonly string[] Removed = [HeaderNames.DelayedRetries, HeaderNames.FailedQueue, HeaderNames.TimeOfFailure, HeaderNames.ExceptionPrefix, HeaderNames.EditOf];

    public static RawMessage For(FailedMessage message, byte[] body, string acknowledgementQueue)
    {
        var headers = new Dictionary<string, string>();
        foreach (var (name, value) in message.Headers)
        {
            if (!Removed.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
                headers[name] = value;
        }

        headers[HeaderNames.RetryOf] = message.Id;
        headers[HeaderNames.RetryAcknowledgementQueue] = acknowledgementQueue;
        return new(message.MessageId, headers, body);
    }
}
