using Dovetail.Bus.Configuration;
using NServiceBus.Pipeline;

namespace NServiceBus;

/// <summary>What an endpoint is called, how it is reached, and what it handles.</summary>
public class EndpointConfiguration
{
    /// <summary>Names the endpoint; its queue has the same name.</summary>
    /// <exception cref="ArgumentException">The name is blank or contains '@'.</exception>
    public EndpointConfiguration(string endpointName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(endpointName);
        if (endpointName.Contains('@', StringComparison.Ordinal))
            throw new ArgumentException($"'{endpointName}' can't name an endpoint: '@' separates the parts of an address. Choose a name without it.", nameof(endpointName));
        Settings = new EndpointSettings(endpointName);
    }

    /// <summary>The endpoint's name, which is on the wire for ever.</summary>
    public string EndpointName => Settings.EndpointName;

    /// <summary>True for an endpoint that receives nothing.</summary>
    public bool IsSendOnly => Settings.SendOnly;

    /// <summary>Behaviors of one's own around the stages of a message's way.</summary>
    public PipelineSettings Pipeline => Settings.Pipeline;

    internal EndpointSettings Settings { get; }

    /// <summary>Which types are commands, events and messages.</summary>
    public ConventionsBuilder Conventions() => new(Settings.Conventions);

    /// <summary>The endpoint sends and publishes, and receives nothing.</summary>
    public void SendOnly() => Settings.SendOnly = true;
}
