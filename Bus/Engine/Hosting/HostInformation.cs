namespace NServiceBus.Hosting;

/// <summary>By what the platform's tools know this process. The services of the host have one for each endpoint.</summary>
public class HostInformation
{
    /// <summary>A process with nothing more to say about it.</summary>
    public HostInformation(Guid hostId, string displayName) : this(hostId, displayName, [])
    {
    }

    /// <summary>A process, and what else is known about it.</summary>
    public HostInformation(Guid hostId, string displayName, Dictionary<string, string> properties)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(displayName);
        ArgumentNullException.ThrowIfNull(properties);
        HostId = hostId;
        DisplayName = displayName;
        Properties = properties;
    }

    /// <summary>The name that people see.</summary>
    public string DisplayName { get; }

    /// <summary>Stays the same across restarts.</summary>
    public Guid HostId { get; }

    /// <summary>What else is known about the process.</summary>
    public Dictionary<string, string> Properties { get; }
}
