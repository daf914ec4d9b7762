using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Tests.RabbitMQ;

/// <summary>What whoever sends to a broker that comes and goes has to do.</summary>
static class InsistentSends
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Sends to this endpoint until it is safe, under one id.</summary>
    public static async Task SendUntilSafe(this IMessageSession session, object message, string id, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                var options = new SendOptions();
                options.RouteToThisEndpoint();
                options.SetMessageId(id);
                await session.Send(message, options, cancellation);
                return;
            }
            catch (StoreAwayException)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellation);
            }
        }
    }
}
