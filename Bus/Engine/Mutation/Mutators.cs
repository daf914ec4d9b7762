namespace NServiceBus.MessageMutator;

/// <summary>Changes messages that came in, before handlers see them.</summary>
public interface IMutateIncomingMessages
{
    /// <summary>Called for each message; another type of message meets other handlers.</summary>
    Task MutateIncoming(MutateIncomingMessageContext context);
}

/// <summary>Changes bodies and headers that came in, before they are read.</summary>
public interface IMutateIncomingTransportMessages
{
    /// <summary>Called for each attempt; audit, retry and error copies keep the original body.</summary>
    Task MutateIncoming(MutateIncomingTransportMessageContext context);
}

/// <summary>Changes messages on their way out, before they are written.</summary>
public interface IMutateOutgoingMessages
{
    /// <summary>Called for each message; another type of message is sent as that type.</summary>
    Task MutateOutgoing(MutateOutgoingMessageContext context);
}

/// <summary>Changes bodies and headers on their way out, after they were written.</summary>
public interface IMutateOutgoingTransportMessages
{
    /// <summary>Called for each message.</summary>
    Task MutateOutgoing(MutateOutgoingTransportMessageContext context);
}

/// <summary>Registering mutators.</summary>
public static class MutatorRegistrationExtensions
{
    /// <summary>Uses one object for all messages. Mutators among the host's services are used too, and run first.</summary>
    /// <exception cref="ArgumentException">The object mutates nothing.</exception>
    public static void RegisterMessageMutator(this EndpointConfiguration endpointConfiguration, object messageMutator)
    {
        if (messageMutator is not (IMutateIncomingMessages or IMutateIncomingTransportMessages or IMutateOutgoingMessages or IMutateOutgoingTransportMessages))
        {
            throw new ArgumentException(
                $"{messageMutator.GetType().Name} mutates nothing. Implement {nameof(IMutateIncomingMessages)}, {nameof(IMutateIncomingTransportMessages)}, {nameof(IMutateOutgoingMessages)} or {nameof(IMutateOutgoingTransportMessages)}.",
                nameof(messageMutator));
        }
        endpointConfiguration.Settings.Mutators.Add(messageMutator);
    }
}
