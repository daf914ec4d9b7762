using Dovetail.ServiceControl.Messages;
using Dovetail.ServiceControl.Store;

namespace Dovetail.ServiceControl.Api;

/// <summary>A message in the lists that show audited and failed ones alike.</summary>
sealed record MessageView(
    string Id,
    string MessageId,
    string? MessageType,
    Participant SendingEndpoint,
    Participant ReceivingEndpoint,
    DateTime? TimeSent,
    DateTime ProcessedAt,
    TimeSpan CriticalTime,
    TimeSpan ProcessingTime,
    TimeSpan DeliveryTime,
    bool IsSystemMessage,
    string? ConversationId,
    IEnumerable<KeyValuePair<string, string>> Headers,
    string Status,
    string MessageIntent,
    string BodyUrl,
    int BodySize,
    IReadOnlyList<SagaTrace>? InvokedSagas,
    SagaTrace? OriginatesFromSaga,
    string InstanceId)
{
    public static MessageView Of(StoredMessage message, string instanceId)
    {
        var headers = message.Read();
        return new(
            message.Id,
            message.MessageId,
            message.MessageType,
            headers.Sender,
            headers.Receiver,
            ApiJson.Instant(message.TimeSent),
            ApiJson.Instant(message.ProcessedAt),
            message.CriticalTime,
            message.ProcessingTime,
            message.DeliveryTime,
            message.IsSystemMessage,
            message.ConversationId,
            message.Headers,
            StatusOf(message),
            headers.Intent,
            $"/messages/{Uri.EscapeDataString(message.Id)}/body?instance_id={instanceId}",
            message.BodySize,
            SagaTrace.Invoked(headers),
            SagaTrace.Origin(headers),
            instanceId);
    }

    static string StatusOf(StoredMessage message) => message.Status switch
    {
        MessageStatus.Successful => "successful",
        MessageStatus.SuccessfulRetry or MessageStatus.Resolved => "resolvedSuccessfully",
        MessageStatus.RetryIssued => "retryIssued",
        MessageStatus.Archived => "archivedFailure",
        _ => message is FailedMessage { AttemptCount: > 1 } ? "repeatedFailure" : "failed",
    };
}

/// <summary>A failed message in the lists that show nothing else.</summary>
sealed record FailureView(
    string Id,
    string? MessageType,
    DateTime? TimeSent,
    bool IsSystemMessage,
    ExceptionInfo Exception,
    string MessageId,
    int NumberOfProcessingAttempts,
    string Status,
    Participant SendingEndpoint,
    Participant ReceivingEndpoint,
    string QueueAddress,
    DateTime TimeOfFailure,
    DateTime LastModified,
    bool Edited,
    string EditOf)
{
    public static FailureView Of(FailedMessage message)
    {
        var headers = message.Read();
        return new(
            message.Id,
            message.MessageType,
            ApiJson.Instant(message.TimeSent),
            message.IsSystemMessage,
            headers.Exception,
            message.MessageId,
            message.AttemptCount,
            StatusName(message.Status),
            headers.Sender,
            headers.Receiver,
            message.QueueAddress,
            ApiJson.Instant(message.ProcessedAt),
            ApiJson.Instant(message.LastModified),
            Edited: false,
            headers[HeaderNames.EditOf] ?? "");
    }

    public static string StatusName(MessageStatus status) => status switch
    {
        MessageStatus.RetryIssued => "retryIssued",
        MessageStatus.Resolved => "resolved",
        MessageStatus.Archived => "archived",
        _ => "unresolved",
    };
}

/// <summary>A failed message with all that is known of it.</summary>
sealed record FailureDocument(
    string Id, string UniqueMessageId, IEnumerable<AttemptView> ProcessingAttempts, IEnumerable<FailureGroup> FailureGroups, string Status)
{
    public static FailureDocument Of(FailedMessage message, string? body) => new(
        message.Id,
        message.Id,
        message.Attempts.OrderBy(attempt => attempt.FailedAt).Select(attempt => AttemptView.Of(attempt, message, body)),
        FailureGroup.Of(message.Read()),
        FailureView.StatusName(message.Status));
}

/// <param name="Body">The same for all attempts: a retry changes nothing in it.</param>
sealed record AttemptView(
    IReadOnlyDictionary<string, object> MessageMetadata,
    FailureDetails FailureDetails,
    DateTime AttemptedAt,
    string MessageId,
    string? Body,
    IReadOnlyDictionary<string, string> Headers)
{
    public static AttemptView Of(FailedAttempt attempt, FailedMessage message, string? body)
    {
        var headers = attempt.Read();
        var failedAt = ApiJson.Instant(attempt.FailedAt);
        return new(
            Metadata(headers, message),
            new(attempt.QueueAddress, failedAt, headers.Exception),
            failedAt,
            message.MessageId,
            body,
            attempt.Headers);
    }

    static Dictionary<string, object> Metadata(MessageHeaders headers, FailedMessage message)
    {
        var metadata = new Dictionary<string, object>
        {
            ["IsSystemMessage"] = message.IsSystemMessage,
            ["ContentLength"] = message.BodySize,
            ["MessageId"] = message.MessageId,
            ["ContentType"] = headers.ContentType,
            ["SendingEndpoint"] = headers.Sender,
            ["ReceivingEndpoint"] = headers.Receiver,
        };
        if (message.MessageType is { } type)
            metadata["MessageType"] = type;
        if (message.ConversationId is { } conversation)
            metadata["ConversationId"] = conversation;
        if (ApiJson.Instant(message.TimeSent) is { } sent)
            metadata["TimeSent"] = sent;
        return metadata;
    }
}

/// <summary>Where, when and why an attempt failed.</summary>
sealed record FailureDetails(string AddressOfFailingEndpoint, DateTime TimeOfFailure, ExceptionInfo Exception);
