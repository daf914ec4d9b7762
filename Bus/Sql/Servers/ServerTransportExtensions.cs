using NServiceBus;

namespace Dovetail.Bus;

/// <summary>What this engine's receivers on database servers need beyond NServiceBus's settings.</summary>
public static class ServerTransportExtensions
{
    /// <summary>Sets how long a message stays with a process that has died before another takes it; ten seconds unless set. Renewed while a handler runs.</summary>
    public static void LeaseMessagesFor(this PostgreSqlTransport transport, TimeSpan lease)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lease, TimeSpan.Zero);
        transport.Lease = lease;
    }

    /// <summary>Sets how long a message stays with a process that has died before another takes it; ten seconds unless set. Renewed while a handler runs.</summary>
    public static void LeaseMessagesFor(this SqlServerTransport transport, TimeSpan lease)
    {
        ArgumentNullException.ThrowIfNull(transport);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(lease, TimeSpan.Zero);
        transport.Lease = lease;
    }
}
