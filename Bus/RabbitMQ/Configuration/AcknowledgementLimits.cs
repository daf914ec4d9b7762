using NServiceBus;

namespace Dovetail.Bus;

/// <summary>What a transport must know of a broker that is not set up as usual.</summary>
public static class AcknowledgementLimits
{
    /// <summary>Tells how long this broker waits for a message to be acknowledged (its setting consumer_timeout), if not 30 minutes. Handlers that come near it are warned of, and kept apart from the other messages.</summary>
    public static void ExpectConsumerTimeout(this RabbitMQTransport transport, TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero);
        transport.AcknowledgementLimit = limit;
    }
}
