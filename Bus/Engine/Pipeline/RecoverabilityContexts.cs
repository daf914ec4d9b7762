using NServiceBus.Transport;

namespace NServiceBus.Pipeline;

/// <summary>A message failed, and the retry policy has decided.</summary>
public interface IRecoverabilityContext : IBehaviorContext
{
    /// <summary>The body as it was received.</summary>
    ReadOnlyMemory<byte> Body { get; }

    /// <summary>How many delayed retries there were before this round.</summary>
    int DelayedDeliveriesPerformed { get; }

    /// <summary>What went wrong.</summary>
    Exception Exception { get; }

    /// <summary>The headers as they were received.</summary>
    Dictionary<string, string> Headers { get; }

    /// <summary>How often the message failed in this round; 1 for the first time.</summary>
    int ImmediateProcessingFailures { get; }

    /// <summary>Stays the same across retries.</summary>
    string MessageId { get; }

    /// <summary>The story of the failure: headers that the message gets if it is parked.</summary>
    Dictionary<string, string> Metadata { get; }

    /// <summary>The transport's own id of this copy.</summary>
    string NativeMessageId { get; }

    /// <summary>The queue in which it failed.</summary>
    string ReceiveAddress { get; }

    /// <summary>What the transport says of the message beside its headers.</summary>
    ReceiveProperties ReceiveProperties { get; }

    /// <summary>What becomes of the message; set another to overrule the policy.</summary>
    RecoverabilityAction RecoverabilityAction { get; set; }

    /// <summary>What was configured for failing messages.</summary>
    RecoverabilityConfig RecoverabilityConfiguration { get; }

    /// <summary>The same, for the action to read.</summary>
    IRecoverabilityActionContext PreventChanges();
}

/// <summary>What a <see cref="RecoverabilityAction"/> may read.</summary>
public interface IRecoverabilityActionContext : IBehaviorContext
{
    /// <summary>The body as it was received.</summary>
    ReadOnlyMemory<byte> Body { get; }

    /// <summary>How many delayed retries there were before this round.</summary>
    int DelayedDeliveriesPerformed { get; }

    /// <summary>What went wrong.</summary>
    Exception Exception { get; }

    /// <summary>The headers as they were received.</summary>
    Dictionary<string, string> Headers { get; }

    /// <summary>How often the message failed in this round; 1 for the first time.</summary>
    int ImmediateProcessingFailures { get; }

    /// <summary>Stays the same across retries.</summary>
    string MessageId { get; }

    /// <summary>The story of the failure: headers that the message gets if it is parked.</summary>
    IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The transport's own id of this copy.</summary>
    string NativeMessageId { get; }

    /// <summary>The queue in which it failed.</summary>
    string ReceiveAddress { get; }

    /// <summary>What the transport says of the message beside its headers.</summary>
    ReceiveProperties ReceiveProperties { get; }
}
