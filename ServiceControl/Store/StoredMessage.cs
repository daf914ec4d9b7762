using Dovetail.ServiceControl.Messages;

namespace Dovetail.ServiceControl.Store;

/// <summary>A message that came through the audit or the error queue. Both kinds share a table, because every list of messages shows both.</summary>
abstract class StoredMessage
{
    public required string Id { get; init; }

    public required string MessageId { get; init; }

    public string? MessageType { get; init; }

    public bool IsSystemMessage { get; init; }

    public string? ConversationId { get; init; }

    /// <summary>The endpoint that processed it, or tried to.</summary>
    public required string Endpoint { get; init; }

    public required MessageStatus Status { get; set; }

    public DateTimeOffset? TimeSent { get; init; }

    /// <summary>For a failed message the time of its last failure.</summary>
    public required DateTimeOffset ProcessedAt { get; set; }

    /// <summary>From sending to the end of processing.</summary>
    public TimeSpan CriticalTime { get; init; }

    public TimeSpan ProcessingTime { get; init; }

    /// <summary>From sending to the beginning of processing.</summary>
    public TimeSpan DeliveryTime { get; init; }

    public int BodySize { get; set; }

    public required IReadOnlyDictionary<string, string> Headers { get; set; }

    public MessageHeaders Read() => new(Headers);
}

/// <summary>A copy from the audit queue.</summary>
sealed class ProcessedMessage : StoredMessage;

/// <summary>What became of a message.</summary>
enum MessageStatus
{
    /// <summary>Audited.</summary>
    Successful,

    /// <summary>Audited, and it was a retry of a failed message.</summary>
    SuccessfulRetry,

    /// <summary>Failed, and nobody has decided yet.</summary>
    Unresolved,

    /// <summary>Failed, and given back to its endpoint, which has not answered yet.</summary>
    RetryIssued,

    /// <summary>Failed, and a retry of it went well.</summary>
    Resolved,

    /// <summary>Failed, and somebody decided to let it be.</summary>
    Archived,
}

/// <summary>Kept apart from the messages, so that lists never load what only one page shows.</summary>
sealed class MessageBody
{
    /// <summary>The id of the stored message.</summary>
    public required string Id { get; init; }

    public required byte[] Content { get; set; }
}
