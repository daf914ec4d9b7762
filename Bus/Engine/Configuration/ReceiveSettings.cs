using NServiceBus.AutomaticSubscriptions.Config;

namespace NServiceBus;

/// <summary>Which queues an endpoint reads.</summary>
public static class ReceiveSettingsExtensions
{
    /// <summary>Gives this instance a queue of its own beside the shared one, named by the discriminator.</summary>
    public static void MakeInstanceUniquelyAddressable(this EndpointConfiguration config, string discriminator)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(discriminator);
        config.Settings.Discriminator = discriminator;
    }

    /// <summary>Reads another queue than the one of the endpoint's name.</summary>
    public static void OverrideLocalAddress(this EndpointConfiguration config, string baseInputQueueName)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(baseInputQueueName);
        config.Settings.Queue = baseInputQueueName;
    }
}

/// <summary>Where replies go.</summary>
public static class RoutingFeatureSettingsExtensions
{
    /// <summary>Replies go here instead of to the endpoint's own queue, as behind a bridge or a proxy.</summary>
    public static void OverridePublicReturnAddress(this EndpointConfiguration configuration, string address)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(address);
        configuration.Settings.PublicReturnAddress = address;
    }
}

/// <summary>Entry to the settings of automatic subscriptions.</summary>
public static class AutoSubscribeSettingsExtensions
{
    /// <summary>Which events the endpoint subscribes to by having a handler for them.</summary>
    public static AutoSubscribeSettings AutoSubscribe(this EndpointConfiguration config) => new(config.Settings);
}
