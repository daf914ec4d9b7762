using System.Runtime.Serialization;

namespace NServiceBus;

/// <summary>A body that can't be read: retrying can't help, so the message goes to the error queue at once.</summary>
public class MessageDeserializationException : SerializationException
{
    /// <summary>Says what is wrong.</summary>
    public MessageDeserializationException(string message) : base(message)
    {
    }

    /// <summary>Says which message it was and why.</summary>
    public MessageDeserializationException(string messageId, Exception innerException)
        : base($"The body of message {messageId} could not be read: {innerException.Message} Mend the message, or give this endpoint the contract it was written with, then retry it from the error queue.", innerException)
    {
    }
}
