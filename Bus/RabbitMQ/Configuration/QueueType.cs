namespace NServiceBus;

/// <summary>How the broker keeps a queue.</summary>
public enum QueueType
{
    /// <summary>On one node.</summary>
    Classic = 0,

    /// <summary>On several nodes, by their majority: what production needs.</summary>
    Quorum = 1,
}
