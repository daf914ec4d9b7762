using NServiceBus;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Topology;

/// <summary>Queues as NServiceBus declares them: with other arguments the broker would refuse one that exists.</summary>
static class Queues
{
    static readonly Dictionary<string, object?> Quorum = new() { ["x-queue-type"] = "quorum" };

    /// <summary>Not waited for: with quorum queues the broker takes its time, and it can work on several at once.</summary>
    public static Task Declare(IChannel channel, string queue, QueueType type, bool durable, CancellationToken cancellation) =>
        channel.QueueDeclareAsync(queue, durable || type == QueueType.Quorum, exclusive: false, autoDelete: false, type == QueueType.Quorum ? Quorum : null, passive: false, noWait: true, cancellation);
}
