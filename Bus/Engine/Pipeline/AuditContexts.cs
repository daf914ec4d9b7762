using NServiceBus.Audit;
using NServiceBus.Transport;

namespace NServiceBus.Pipeline;

/// <summary>A message was handled and is about to be audited.</summary>
public interface IAuditContext : IBehaviorContext
{
    /// <summary>What becomes of the copy; set another to suppress or redirect it.</summary>
    AuditAction AuditAction { get; set; }

    /// <summary>The audit queue.</summary>
    string AuditAddress { get; }

    /// <summary>Headers that only the copy gets.</summary>
    Dictionary<string, string> AuditMetadata { get; }

    /// <summary>The message, with the body that was received.</summary>
    OutgoingMessage Message { get; }

    /// <summary>After which time the copy is worthless; null for never.</summary>
    TimeSpan? TimeToBeReceived { get; }

    /// <summary>The same, for the action to read.</summary>
    IAuditActionContext PreventChanges();
}

/// <summary>What an <see cref="AuditAction"/> may read.</summary>
public interface IAuditActionContext : IBehaviorContext
{
    /// <summary>The audit queue.</summary>
    string AuditAddress { get; }

    /// <summary>Headers that only the copy gets.</summary>
    IReadOnlyDictionary<string, string> AuditMetadata { get; }

    /// <summary>The message, with the body that was received.</summary>
    OutgoingMessage Message { get; }

    /// <summary>After which time the copy is worthless; null for never.</summary>
    TimeSpan? TimeToBeReceived { get; }
}
