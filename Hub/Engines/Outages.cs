using Dovetail.Endpoints.Connectors;
using NServiceBus;
using NServiceBus.Transport;

namespace Dovetail.Hub.Engines;

/// <summary>What becomes of messages that can do nothing yet. By the API that both engines have.</summary>
static class Outages
{
    /// <summary>More than an hour, as the pauses grow. Whatever still waits then is for a person to see, among the failed messages.</summary>
    const int MostRounds = 100;

    /// <summary>How many rounds are alike before the next ones are longer.</summary>
    const int Alike = 6;

    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>
    /// They wait until they can. Retries at once would all be spent before that, and people had to retry by hand what an outage of a minute had left behind.
    /// Everything else goes its usual way.
    /// </summary>
    public static RecoverabilityAction Decide(RecoverabilityConfig config, ErrorContext failure)
    {
        var rounds = failure.DelayedDeliveriesPerformed;
        if (failure.Exception is not INotYet { Pause: var least } || rounds >= MostRounds) return DefaultRecoverabilityPolicy.Invoke(config, failure);
        var pause = least * (1 + rounds / Alike);
        return RecoverabilityAction.DelayedRetry(pause < LongestPause ? pause : LongestPause);
    }
}
