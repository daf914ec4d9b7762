namespace Dovetail.Bus.Transport;

/// <summary>A message taken from a queue.</summary>
/// <param name="NativeId">The transport's own id of this copy.</param>
/// <param name="Attempt">1 for the first time.</param>
/// <param name="Lease">What the transport knows it by.</param>
sealed record ReceivedMessage(string Queue, string NativeId, Dictionary<string, string> Headers, ReadOnlyMemory<byte> Body, int Attempt, object? Lease);

/// <summary>A message on its way out, with everything decided.</summary>
/// <param name="DueAt">Not delivered before; null for at once.</param>
/// <param name="ExpiresAfter">Worthless after; null for never.</param>
/// <param name="MayGetLost">Not worth failing for if nobody has the queue: a receipt for somebody who is gone.</param>
/// <param name="Properties">What the sender adds for a transport that understands it; null as a rule.</param>
sealed record OutgoingOperation(
    string MessageId, Dictionary<string, string> Headers, ReadOnlyMemory<byte> Body, Target Target, DateTimeOffset? DueAt = null, TimeSpan? ExpiresAfter = null,
    bool MayGetLost = false, NServiceBus.Transport.DispatchProperties? Properties = null);

/// <summary>Where a message goes.</summary>
abstract record Target
{
    internal sealed record Queue(string Address) : Target;

    /// <summary>Whoever subscribed to the type, to a base class or to an interface of it.</summary>
    internal sealed record Subscribers(Type Event) : Target;
}
