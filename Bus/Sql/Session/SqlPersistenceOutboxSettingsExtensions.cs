using System.Data;
using NServiceBus.Outbox;

namespace NServiceBus;

/// <summary>How the outbox keeps and forgets what it knows.</summary>
public static class SqlPersistenceOutboxSettingsExtensions
{
    /// <summary>Leaves it to somebody else to remove what was handled long ago.</summary>
    public static void DisableCleanup(this OutboxSettings configuration) => configuration.Policy.Cleans = false;

    /// <summary>Sets for how long copies of a handled message are recognized; seven days unless set.</summary>
    public static void KeepDeduplicationDataFor(this OutboxSettings configuration, TimeSpan timeToKeepDeduplicationData)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeToKeepDeduplicationData, TimeSpan.Zero);
        configuration.Policy.KeepFor = timeToKeepDeduplicationData;
    }

    /// <summary>Sets how often older entries are removed; every minute unless set.</summary>
    public static void RunDeduplicationDataCleanupEvery(this OutboxSettings configuration, TimeSpan frequencyToRunDeduplicationDataCleanup)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(frequencyToRunDeduplicationDataCleanup, TimeSpan.Zero);
        configuration.Policy.CleanEvery = frequencyToRunDeduplicationDataCleanup;
    }

    /// <summary>Sets the level of transactions in which the application has a hand, by a callback or by the connection. Every commit on SQLite is serializable, which is more than any asks for; what only the bus writes is checked row by row, at any level.</summary>
    /// <exception cref="ArgumentException">The level would let others see, or change, what is not committed.</exception>
    public static void TransactionIsolationLevel(this OutboxSettings outboxSettings, IsolationLevel isolationLevel)
    {
        ArgumentNullException.ThrowIfNull(outboxSettings);
        if (isolationLevel is IsolationLevel.Chaos or IsolationLevel.ReadUncommitted or IsolationLevel.Unspecified)
            throw new ArgumentException($"The outbox can't work at isolation level {isolationLevel}: two copies of a message could both be handled. Choose ReadCommitted or a stricter one.", nameof(isolationLevel));
        outboxSettings.Policy.Isolation = isolationLevel;
    }
}
