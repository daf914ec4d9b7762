using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Watching;

/// <summary>A message from the moment it was taken until it is dealt with.</summary>
sealed class InHand(ReceivedMessage message, DateTimeOffset since)
{
    public DateTimeOffset Since => since;

    /// <summary>How long it may take until the next warning.</summary>
    public TimeSpan? NextWarning { get; set; }

    public MessageInHand Told => new(
        message.Headers.GetValueOrDefault(Headers.MessageId) ?? message.NativeId,
        (message.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) ?? "control message").Split([',', ';'], 2)[0],
        since);
}
