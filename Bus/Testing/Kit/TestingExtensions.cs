using NServiceBus.Extensibility;

namespace NServiceBus.Testing;

/// <summary>The one message that a test is about.</summary>
/// <remarks>Each finds the first message of the type, and null if there is none; what is expected to be missing needs no other way to ask.</remarks>
public static class TestingExtensions
{
    /// <summary>The first event of this type that the session published; null if there is none.</summary>
    public static TMessage FindPublishedMessage<TMessage>(this TestableMessageSession context) => First<TMessage, PublishOptions>(context.PublishedMessages);

    /// <summary>The first event of this type that was published; null if there is none.</summary>
    public static TMessage FindPublishedMessage<TMessage>(this TestablePipelineContext context) => First<TMessage, PublishOptions>(context.PublishedMessages);

    /// <summary>The first reply of this type; null if there is none.</summary>
    public static TMessage FindReplyMessage<TMessage>(this TestableMessageProcessingContext context) => First<TMessage, ReplyOptions>(context.RepliedMessages);

    /// <summary>The first message of this type that the session sent; null if there is none.</summary>
    public static TMessage FindSentMessage<TMessage>(this TestableMessageSession context) => First<TMessage, SendOptions>(context.SentMessages);

    /// <summary>The first message of this type that was sent, timeouts included; null if there is none.</summary>
    public static TMessage FindSentMessage<TMessage>(this TestablePipelineContext context) => First<TMessage, SendOptions>(context.SentMessages);

    /// <summary>The state of the first timeout of this type that the session sent; null if there is none.</summary>
    public static TMessage FindTimeoutMessage<TMessage>(this TestableMessageSession context) => First<TMessage, SendOptions>(context.TimeoutMessages);

    /// <summary>The state of the first timeout of this type that was asked for; null if there is none.</summary>
    public static TMessage FindTimeoutMessage<TMessage>(this TestablePipelineContext context) => First<TMessage, SendOptions>(context.TimeoutMessages);

    // Not declared as nullable, because the API that this one mirrors does not: a test may go on with what it found.
    static TMessage First<TMessage, TOptions>(IEnumerable<OutgoingMessage<object, TOptions>> messages) where TOptions : ExtendableOptions =>
        messages.Select(outgoing => outgoing.Message).OfType<TMessage>().FirstOrDefault()!;
}
