using Dovetail.Bus.Transport;
using NServiceBus.Unicast.Queuing;

namespace Dovetail.Bus;

/// <summary>Measures a queue for a gauge, which can't wait: it tells the last length known, and begins to ask anew.</summary>
sealed class LengthProbe(ITransport transport, string queue)
{
    Task? _asked;
    long? _last;

    public long? Read()
    {
        if (_asked is null or { IsCompleted: true }) _asked = Ask();
        return _last;
    }

    async Task Ask()
    {
        try
        {
            _last = (await transport.Length(queue, CancellationToken.None)).Waiting;
        }
        catch (Exception failure) when (failure is StoreAwayException or QueueNotFoundException or ObjectDisposedException)
        {
            // An old figure would be worse than none; why it can't be reached is told by whoever needs it.
            _last = null;
        }
    }
}
