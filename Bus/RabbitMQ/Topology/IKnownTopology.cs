using NServiceBus.Transport.RabbitMQ;
using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Topology;

/// <summary>A topology of which is known what a publish needs beforehand, and that it is one publish.</summary>
interface IKnownTopology : IRoutingTopology
{
    /// <summary>Creates what events of a type go through: on a channel where nobody else waits, and where a failure hits nobody else.</summary>
    Task Prepare(IChannel channel, Type type, CancellationToken cancellation);

    /// <summary>Fails, and with it the channel, if nobody has the address.</summary>
    Task Find(IChannel channel, string address, CancellationToken cancellation);
}
