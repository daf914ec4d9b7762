using System.Globalization;

namespace NServiceBus.Transport;

/// <summary>A failure, as policies see it.</summary>
public class ErrorContext
{
    /// <summary>Made by tests of a policy; otherwise the bus makes it.</summary>
    public ErrorContext(Exception exception, Dictionary<string, string> headers, string nativeMessageId, ReadOnlyMemory<byte> body, TransportTransaction transportTransaction, int immediateProcessingFailures, string receiveAddress, Extensibility.ContextBag context)
        : this(exception, headers, headers.GetValueOrDefault(NServiceBus.Headers.MessageId) ?? nativeMessageId, nativeMessageId, body, immediateProcessingFailures, receiveAddress, TimeProvider.System.GetUtcNow())
    {
        TransportTransaction = transportTransaction;
        Extensions = context;
    }

    /// <summary>Made by tests of a policy; otherwise the bus makes it.</summary>
    public ErrorContext(Exception exception, Dictionary<string, string> headers, string nativeMessageId, ReadOnlyMemory<byte> body, ReceiveProperties receiveProperties, TransportTransaction transportTransaction, int immediateProcessingFailures, string receiveAddress, Extensibility.ContextBag context)
        : this(exception, headers, nativeMessageId, body, transportTransaction, immediateProcessingFailures, receiveAddress, context) => ReceiveProperties = receiveProperties;

    internal ErrorContext(Exception exception, Dictionary<string, string> headers, string messageId, string nativeMessageId, ReadOnlyMemory<byte> body, int immediateProcessingFailures, string receiveAddress, DateTimeOffset now)
    {
        Exception = exception;
        Headers = headers;
        MessageId = messageId;
        NativeMessageId = nativeMessageId;
        Body = body;
        ImmediateProcessingFailures = immediateProcessingFailures;
        ReceiveAddress = receiveAddress;
        Now = now;
    }

    /// <summary>The body as it was received.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>How many delayed retries there were before this round.</summary>
    public int DelayedDeliveriesPerformed => int.TryParse(Headers.GetValueOrDefault(NServiceBus.Headers.DelayedRetries), CultureInfo.InvariantCulture, out var rounds) ? rounds : 0;

    /// <summary>What went wrong.</summary>
    public Exception Exception { get; }

    /// <summary>Values for whoever comes later in the same operation.</summary>
    public Extensibility.ContextBag Extensions { get; } = new();

    /// <summary>The headers as they were received.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>How often the message failed in this round; 1 for the first time.</summary>
    public int ImmediateProcessingFailures { get; }

    /// <summary>Stays the same across retries.</summary>
    public string MessageId { get; }

    /// <summary>The transport's own id of this copy.</summary>
    public string NativeMessageId { get; }

    /// <summary>The queue in which it failed.</summary>
    public string ReceiveAddress { get; }

    /// <summary>What the transport says of the message beside its headers.</summary>
    public ReceiveProperties ReceiveProperties { get; } = ReceiveProperties.Empty;

    /// <summary>What the transport lets others take part in.</summary>
    public TransportTransaction TransportTransaction { get; } = new();

    internal DateTimeOffset Now { get; }
}

/// <summary>What a failure led to.</summary>
public enum ErrorHandleResult
{
    /// <summary>The message is dealt with and leaves its queue.</summary>
    Handled = 0,

    /// <summary>The message must be handled again at once.</summary>
    RetryRequired = 1,
}
