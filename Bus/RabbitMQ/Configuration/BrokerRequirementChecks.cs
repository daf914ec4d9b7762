namespace NServiceBus;

/// <summary>What is asked of the broker when an endpoint starts.</summary>
[Flags]
public enum BrokerRequirementChecks
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>That it is RabbitMQ 3.10 or newer.</summary>
    Version310OrNewer = 1,

    /// <summary>That its feature flag stream_queue is on: without it, delayed messages can get lost.</summary>
    StreamsEnabled = 2,
}
