using NServiceBus;

namespace Dovetail.Bus;

/// <summary>Where the messages of timeouts wait.</summary>
public static class SqlTimeoutExtensions
{
    /// <summary>Has the messages of timeouts that sagas ask for wait in the database until they are due, and not in the delay queues of the transport.</summary>
    /// <remarks>
    /// Whatever becomes of the transport, what is due is sent, within a second; and what is taken back, or belongs to a saga that has ended by then, is never sent. Without effect where queues and
    /// state are in one database: there they wait in it anyway. Without this setting again, the endpoint gives what it still keeps to the transport when it starts; do so before another engine takes
    /// the tables over, which would not look here.
    /// </remarks>
    public static void KeepTimeoutsUntilDue(this PersistenceExtensions<SqlPersistence> configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        configuration.Definition.KeepsTimeouts = true;
    }
}
