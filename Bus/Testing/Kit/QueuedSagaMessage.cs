namespace NServiceBus.Testing;

/// <summary>A message on its way to the saga under test.</summary>
public class QueuedSagaMessage
{
    internal QueuedSagaMessage(object message, IReadOnlyDictionary<string, string> headers)
    {
        Message = message;
        Headers = headers;
    }

    /// <summary>Headers that the message arrives with.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>The message itself.</summary>
    public object Message { get; }

    /// <summary>The message's own type, which decides what methods of the saga it meets; its interface, where that is all there is.</summary>
    public Type Type => Dovetail.Bus.Messages.MessageProxies.ContractOf(Message);
}
