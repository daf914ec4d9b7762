namespace NServiceBus.Faults;

/// <summary>A message that is handled again at once.</summary>
public class ImmediateRetryMessage
{
    /// <summary>Describes the message as it failed.</summary>
    public ImmediateRetryMessage(string messageId, Dictionary<string, string> headers, ReadOnlyMemory<byte> body, Exception exception, int retryAttempt) =>
        (MessageId, Headers, Body, Exception, RetryAttempt) = (messageId, headers, body, exception, retryAttempt);

    /// <summary>The body as it was received.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>What went wrong.</summary>
    public Exception Exception { get; }

    /// <summary>The headers as they were received.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>Stays the same across retries.</summary>
    public string MessageId { get; }

    /// <summary>0 for the first retry of a round.</summary>
    public int RetryAttempt { get; }
}

/// <summary>A message that is handled again after a while.</summary>
public class DelayedRetryMessage
{
    /// <summary>Describes the message as it failed.</summary>
    public DelayedRetryMessage(string messageId, Dictionary<string, string> headers, ReadOnlyMemory<byte> body, Exception exception, int retryAttempt) =>
        (MessageId, Headers, Body, Exception, RetryAttempt) = (messageId, headers, body, exception, retryAttempt);

    /// <summary>The body as it was received.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>What went wrong.</summary>
    public Exception Exception { get; }

    /// <summary>The headers as they were received.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>Stays the same across retries.</summary>
    public string MessageId { get; }

    /// <summary>1 for the first delayed retry.</summary>
    public int RetryAttempt { get; }
}

/// <summary>A message that failed for good.</summary>
public class FailedMessage
{
    /// <summary>Describes the message as it was parked.</summary>
    public FailedMessage(string messageId, Dictionary<string, string> headers, ReadOnlyMemory<byte> body, Exception exception, string errorQueue) =>
        (MessageId, Headers, Body, Exception, ErrorQueue) = (messageId, headers, body, exception, errorQueue);

    /// <summary>The body as it was received.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>Where it is parked.</summary>
    public string ErrorQueue { get; }

    /// <summary>What went wrong.</summary>
    public Exception Exception { get; }

    /// <summary>The headers as they were received.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>Stays the same across retries.</summary>
    public string MessageId { get; }
}
