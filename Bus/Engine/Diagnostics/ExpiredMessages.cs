using Microsoft.Extensions.Logging;

namespace Dovetail.Bus;

/// <summary>Messages that were worth nothing any more when their turn came: dropped as their senders wished, but never silently.</summary>
static partial class ExpiredMessages
{
    public static void Dropped(string queue, int count, ILogger logger)
    {
        if (count == 0) return;
        BusMeter.MessagesExpired(queue, count);
        LogDropped(logger, count, queue);
    }

    [LoggerMessage(LogLevel.Warning, "{Count} messages in queue '{Queue}' had expired before anybody took them, and were dropped. If that is too many, handle more at a time or give them a longer time to be received")]
    static partial void LogDropped(ILogger logger, int count, string queue);
}
