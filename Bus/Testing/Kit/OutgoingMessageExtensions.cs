namespace NServiceBus.Testing;

/// <summary>Messages by their type, together with their options.</summary>
public static class OutgoingMessageExtensions
{
    /// <summary>Those published messages that are of this type, or of one derived from it, in the order of publishing.</summary>
    public static IEnumerable<PublishedMessage<TMessage>> Containing<TMessage>(this IEnumerable<PublishedMessage<object>> publishedMessages) =>
        from published in publishedMessages where published.Message is TMessage select new PublishedMessage<TMessage>((TMessage)published.Message, published.Options);

    /// <summary>Those replies that are of this type, or of one derived from it, in the order of replying.</summary>
    public static IEnumerable<RepliedMessage<TMessage>> Containing<TMessage>(this IEnumerable<RepliedMessage<object>> repliedMessages) =>
        from replied in repliedMessages where replied.Message is TMessage select new RepliedMessage<TMessage>((TMessage)replied.Message, replied.Options);

    /// <summary>Those sent messages that are of this type, or of one derived from it, in the order of sending.</summary>
    public static IEnumerable<SentMessage<TMessage>> Containing<TMessage>(this IEnumerable<SentMessage<object>> sentMessages) =>
        from sent in sentMessages where sent.Message is TMessage select new SentMessage<TMessage>((TMessage)sent.Message, sent.Options);

    /// <summary>The published message as this type; null if it is of another.</summary>
    public static TMessage Message<TMessage>(this PublishedMessage<object> sentMessage) where TMessage : class => (sentMessage.Message as TMessage)!;

    /// <summary>The reply as this type; null if it is of another.</summary>
    public static TMessage Message<TMessage>(this RepliedMessage<object> sentMessage) where TMessage : class => (sentMessage.Message as TMessage)!;

    /// <summary>The sent message as this type; null if it is of another.</summary>
    public static TMessage Message<TMessage>(this SentMessage<object> sentMessage) where TMessage : class => (sentMessage.Message as TMessage)!;
}
