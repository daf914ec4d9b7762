using NServiceBus;

namespace Dovetail.Bus.Configuration;

/// <summary>How often a failing message is tried before it is parked in the error queue.</summary>
sealed class RetryPolicySettings
{
    public int Immediate { get; set; } = 5;

    public int Delayed { get; set; } = 3;

    public TimeSpan TimeIncrease { get; set; } = TimeSpan.FromSeconds(10);

    public HashSet<Type> Unrecoverable { get; } = [typeof(MessageDeserializationException)];

    public Action<Dictionary<string, string>>? CustomizeFailureHeaders { get; set; }
}
