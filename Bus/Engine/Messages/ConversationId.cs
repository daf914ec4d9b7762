using NServiceBus.Pipeline;

namespace NServiceBus;

/// <summary>Own ids for conversations.</summary>
public static class MessageCausationConfigurationExtensions
{
    /// <summary>Names the conversation of messages that are sent from outside a handler.</summary>
    public static void CustomConversationIdStrategy(this EndpointConfiguration endpointConfiguration, Func<ConversationIdStrategyContext, ConversationId> customStrategy) =>
        endpointConfiguration.Settings.ConversationStrategy = customStrategy;
}

/// <summary>The id of a conversation: one's own, or one that the bus makes.</summary>
public class ConversationId
{
    ConversationId(string? value) => Value = value;

    internal string? Value { get; }

    /// <summary>The bus makes one.</summary>
    public static ConversationId Default { get; } = new(null);

    /// <summary>This one.</summary>
    public static ConversationId Custom(string customValue)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(customValue);
        return new ConversationId(customValue);
    }
}

/// <summary>What a conversation's id may be made from.</summary>
public class ConversationIdStrategyContext
{
    /// <summary>For tests of strategies.</summary>
    public ConversationIdStrategyContext(OutgoingLogicalMessage message, IReadOnlyDictionary<string, string> headers) => (Message, Headers) = (message, headers);

    /// <summary>The headers that are set by now.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The message that begins the conversation.</summary>
    public OutgoingLogicalMessage Message { get; }
}
