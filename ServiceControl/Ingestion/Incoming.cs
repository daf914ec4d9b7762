using Dovetail.ServiceControl.Messages;
using Dovetail.ServiceControl.Queues;
using Dovetail.ServiceControl.Store;

namespace Dovetail.ServiceControl.Ingestion;

/// <summary>What a message from one of the queues turned out to be.</summary>
abstract record Incoming
{
    const string SagaUpdate = "ServiceControl.EndpointPlugin.Messages.SagaState.SagaUpdatedMessage";

    /// <summary>A copy of a message that was processed well.</summary>
    public sealed record Audited(ProcessedMessage Message, byte[] Body) : Incoming;

    /// <summary>A message that its endpoint gave up on.</summary>
    public sealed record Failure(FailedMessage Message, FailedAttempt Attempt, byte[] Body) : Incoming;

    /// <summary>The word of an endpoint that a retried message went well.</summary>
    public sealed record Confirmation(string FailedMessageId) : Incoming;

    /// <exception cref="FormatException">The message lacks something, or something in it makes no sense.</exception>
    public static Audited ReadAudited(RawMessage raw, DateTimeOffset now)
    {
        var headers = new MessageHeaders(raw.Headers);
        if (headers.MessageType == SagaUpdate)
            throw new FormatException("It tells of a saga's change, which is not shown yet. It is kept until it can be.");

        var messageId = headers.MessageId(raw.NativeId);
        var endpoint = EndpointOf(headers, messageId);
        var ended = headers.Time(HeaderNames.ProcessingEnded);
        var started = headers.Time(HeaderNames.ProcessingStarted);
        var sent = headers.Time(HeaderNames.TimeSent);

        // A message that was to wait is not late as long as it waits.
        var due = headers.Time(HeaderNames.DeliverAt) ?? sent;
        var message = new ProcessedMessage
        {
            Id = StableId.Of(messageId, endpoint, headers[HeaderNames.ProcessingStarted] ?? "").ToString(),
            MessageId = messageId,
            MessageType = headers.MessageType,
            IsSystemMessage = headers.IsSystemMessage,
            ConversationId = headers[HeaderNames.ConversationId],
            Endpoint = endpoint,
            Status = headers[HeaderNames.RetryOf] is null ? MessageStatus.Successful : MessageStatus.SuccessfulRetry,
            TimeSent = sent,
            ProcessedAt = ended ?? now,
            CriticalTime = ended - due ?? TimeSpan.Zero,
            ProcessingTime = ended - started ?? TimeSpan.Zero,
            DeliveryTime = started - due ?? TimeSpan.Zero,
            BodySize = raw.Body.Length,
            Headers = raw.Headers,
        };
        return new(message, raw.Body.ToArray());
    }

    /// <exception cref="FormatException">The message lacks something, or something in it makes no sense.</exception>
    public static Incoming ReadError(RawMessage raw, DateTimeOffset now)
    {
        var headers = new MessageHeaders(raw.Headers);
        if (headers[HeaderNames.RetrySuccessful] is not null)
            return ReadConfirmation(headers);

        var queue = headers[HeaderNames.FailedQueue] ?? throw new FormatException(
            $"It has no header {HeaderNames.FailedQueue}, so nobody can tell where it failed and where a retry would go. " +
            "Find out who sent it to the error queue by hand, and send it to its endpoint from there.");
        var messageId = headers.MessageId(raw.NativeId);
        var endpoint = EndpointOf(headers, messageId);
        var failedAt = headers.Time(HeaderNames.TimeOfFailure) ?? now;
        var message = new FailedMessage
        {
            Id = headers[HeaderNames.RetryOf] ?? StableId.Of(messageId, endpoint).ToString(),
            MessageId = messageId,
            MessageType = headers.MessageType,
            IsSystemMessage = headers.IsSystemMessage,
            ConversationId = headers[HeaderNames.ConversationId],
            Endpoint = endpoint,
            Status = MessageStatus.Unresolved,

            // A time that makes no sense may be the very reason of the failure: that must be seen.
            TimeSent = WireTime.TryParse(headers[HeaderNames.TimeSent]),
            ProcessedAt = failedAt,
            BodySize = raw.Body.Length,
            Headers = raw.Headers,
            QueueAddress = queue,
            LastModified = now,
        };
        var attempt = new FailedAttempt { FailedMessageId = message.Id, FailedAt = failedAt, QueueAddress = queue, Headers = raw.Headers };
        return new Failure(message, attempt, raw.Body.ToArray());
    }

    /// <exception cref="FormatException">It is no confirmation.</exception>
    public static Confirmation ReadControl(RawMessage raw)
    {
        var headers = new MessageHeaders(raw.Headers);
        return headers[HeaderNames.RetrySuccessful] is not null ? ReadConfirmation(headers) : throw new FormatException(
            $"It is a '{headers.MessageType ?? "message without a type"}', and of this queue only the confirmations of retries are understood yet. It is kept until more is.");
    }

    static Confirmation ReadConfirmation(MessageHeaders headers) => headers[HeaderNames.RetryOf] is { } id ? new(id) : throw new FormatException(
        $"It confirms a retry but has no header {HeaderNames.RetryOf}, so nobody can tell which. Mark the message by hand once you know that it was processed.");

    static string EndpointOf(MessageHeaders headers, string messageId) => headers.Endpoint ?? throw new FormatException(
        $"Message {messageId} names no endpoint that processed it: {HeaderNames.ProcessingEndpoint}, {HeaderNames.FailedQueue} and {HeaderNames.ReplyToAddress} are all missing. " +
        "Find out which program writes to this queue.");
}
