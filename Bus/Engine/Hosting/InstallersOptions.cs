namespace NServiceBus;

/// <summary>How a host behaves that only installs.</summary>
public sealed class InstallersOptions
{
    /// <summary>What the host does once everything is installed; it stops unless told otherwise.</summary>
    public InstallersShutdownBehavior ShutdownBehavior { get; set; }
}

/// <summary>What a host does once everything is installed.</summary>
public enum InstallersShutdownBehavior
{
    /// <summary>It stops.</summary>
    StopApplication = 0,

    /// <summary>It goes on, with its endpoints at rest.</summary>
    Continue = 1,
}
