namespace NServiceBus.Unicast.Messages;

/// <summary>What is known of a type of message.</summary>
public class MessageMetadata
{
    /// <summary>A type that has no parents which are messages.</summary>
    public MessageMetadata(Type messageType) : this(messageType, [messageType])
    {
    }

    /// <summary>A type with its parents that are messages, most derived first; the type itself leads them.</summary>
    public MessageMetadata(Type messageType, Type[] messageHierarchy)
    {
        ArgumentNullException.ThrowIfNull(messageType);
        MessageType = messageType;
        MessageHierarchy = messageHierarchy;
        MessageHierarchySerialized = string.Join(';', messageHierarchy.Select(type => type.AssemblyQualifiedName));
    }

    /// <summary>The type and its parents that are messages, most derived first.</summary>
    public Type[] MessageHierarchy { get; }

    /// <summary>The hierarchy as the header holds it.</summary>
    public string MessageHierarchySerialized { get; }

    /// <summary>The type.</summary>
    public Type MessageType { get; }
}
