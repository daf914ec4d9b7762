namespace NServiceBus.Transport;

/// <summary>A message as it came out of its queue, unread.</summary>
public class IncomingMessage
{
    /// <summary>Without properties of the transport; for tests of behaviors.</summary>
    public IncomingMessage(string nativeMessageId, Dictionary<string, string> headers, ReadOnlyMemory<byte> body) : this(nativeMessageId, headers, body, ReceiveProperties.Empty)
    {
    }

    /// <summary>Takes over the headers; a message that came without an id gets the transport's.</summary>
    public IncomingMessage(string nativeMessageId, Dictionary<string, string> headers, ReadOnlyMemory<byte> body, ReceiveProperties receiveProperties)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(nativeMessageId);
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(receiveProperties);
        if (!headers.TryGetValue(NServiceBus.Headers.MessageId, out var id) || id.Length == 0) headers[NServiceBus.Headers.MessageId] = id = nativeMessageId;
        MessageId = id;
        NativeMessageId = nativeMessageId;
        Headers = headers;
        Body = body;
        ReceiveProperties = receiveProperties;
    }

    /// <summary>What will be read; audit, retry and error copies keep what was received.</summary>
    public ReadOnlyMemory<byte> Body { get; internal set; }

    /// <summary>Its headers; changes last for this attempt.</summary>
    public Dictionary<string, string> Headers { get; }

    /// <summary>Stays the same across retries.</summary>
    public string MessageId { get; }

    /// <summary>The transport's own id of this copy.</summary>
    public string NativeMessageId { get; }

    /// <summary>What the transport says of it beside its headers.</summary>
    public ReceiveProperties ReceiveProperties { get; }
}

/// <summary>What steers the bus, read from the headers.</summary>
public static class IncomingMessageExtensions
{
    /// <summary>Why it was sent; <see cref="MessageIntent.Send"/> where the header is missing or says nothing known.</summary>
    public static MessageIntent GetMessageIntent(this IncomingMessage message) =>
        Enum.TryParse<MessageIntent>(message.Headers.GetValueOrDefault(Headers.MessageIntent), out var intent) && Enum.IsDefined(intent) ? intent : MessageIntent.Send;

    /// <summary>Where a reply goes; null if nobody waits for one.</summary>
    public static string? GetReplyToAddress(this IncomingMessage message) => message.Headers.GetValueOrDefault(Headers.ReplyToAddress);
}
