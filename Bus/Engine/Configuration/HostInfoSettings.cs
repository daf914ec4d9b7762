using Dovetail.Bus.Configuration;

namespace NServiceBus;

/// <summary>Entry to the settings that identify the running instance.</summary>
public static class HostInfoConfigurationExtensions
{
    /// <summary>By what the platform's tools know this instance.</summary>
    public static HostInfoSettings UniquelyIdentifyRunningInstance(this EndpointConfiguration config) => new(config.Settings.Host);
}

/// <summary>By what the platform's tools know this instance. It should stay the same across restarts.</summary>
public class HostInfoSettings
{
    readonly HostIdentity _host;

    internal HostInfoSettings(HostIdentity host) => _host = host;

    /// <summary>The name that people see; the machine's unless set.</summary>
    public HostInfoSettings UsingCustomDisplayName(string displayName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(displayName);
        _host.DisplayName = displayName;
        return this;
    }

    /// <summary>An id of one's own.</summary>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public HostInfoSettings UsingCustomIdentifier(Guid id)
    {
        if (id == Guid.Empty) throw new ArgumentException("An empty id identifies nobody. Give one that stays the same across restarts.", nameof(id));
        _host.Id = id;
        return this;
    }

    /// <summary>The machine's name as it stands in headers; the operating system's unless set.</summary>
    public HostInfoSettings UsingHostName(string hostName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(hostName);
        _host.Machine = hostName;
        return this;
    }

    /// <summary>An id made from the folder of the program and the machine: several installations on one machine stay apart.</summary>
    public HostInfoSettings UsingInstalledFilePath()
    {
        _host.Id = HostIdentity.Of(AppContext.BaseDirectory + _host.Machine);
        return this;
    }

    /// <summary>An id made from two names: where machines come and go, but roles stay.</summary>
    public HostInfoSettings UsingNames(string instanceName, string hostName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(instanceName);
        ArgumentException.ThrowIfNullOrWhiteSpace(hostName);
        _host.Id = HostIdentity.Of(instanceName + hostName);
        return this;
    }
}
