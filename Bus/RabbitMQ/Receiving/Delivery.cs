using RabbitMQ.Client;

namespace Dovetail.Bus.RabbitMQ.Receiving;

/// <summary>A message as the broker handed it out.</summary>
/// <param name="At">When, as a timestamp: from then on the broker waits for an acknowledgement.</param>
sealed record Delivery(ConsumerChannel Channel, ulong Tag, bool Redelivered, string Exchange, string RoutingKey, IReadOnlyBasicProperties Properties, ReadOnlyMemory<byte> Body, long At);

/// <summary>What a message in hand is known by. When its channel is lost and the broker hands it out once more to the same process, it goes on under the new delivery.</summary>
sealed class Lease(string id, Delivery delivery)
{
    public string Id => id;

    public Delivery Delivery { get; set; } = delivery;

    /// <summary>True once it was warned of that its handler runs longer than the broker waits.</summary>
    public bool Told { get; set; }
}
