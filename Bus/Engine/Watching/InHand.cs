using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Watching;

/// <summary>A message from the moment it was taken until it is dealt with, and then whichever takes its place.</summary>
sealed class InHand(ReceivedMessage message, DateTimeOffset since)
{
    volatile ReceivedMessage _message = message;
    long _since = since.UtcTicks;

    public DateTimeOffset Since => new(Volatile.Read(ref _since), TimeSpan.Zero);

    /// <summary>How long it may take until the next warning.</summary>
    public TimeSpan? NextWarning { get; set; }

    public MessageInHand Told
    {
        get
        {
            var message = _message;
            return new(
                message.Headers.GetValueOrDefault(Headers.MessageId) ?? message.NativeId,
                (message.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) ?? "control message").Split([',', ';'], 2)[0],
                Since);
        }
    }

    /// <summary>Holds the next one.</summary>
    public void Exchange(ReceivedMessage message, DateTimeOffset since)
    {
        // Its time first: who looks in between must not take the new message for an old one.
        Volatile.Write(ref _since, since.UtcTicks);
        NextWarning = null;
        _message = message;
    }
}
