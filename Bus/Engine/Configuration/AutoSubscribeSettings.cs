using Dovetail.Bus.Configuration;

namespace NServiceBus.AutomaticSubscriptions.Config;

/// <summary>Which events an endpoint subscribes to by having a handler for them.</summary>
public class AutoSubscribeSettings
{
    readonly EndpointSettings _settings;

    internal AutoSubscribeSettings(EndpointSettings settings) => _settings = settings;

    /// <summary>This event is subscribed to by hand, or not at all.</summary>
    public AutoSubscribeSettings DisableFor(Type eventType)
    {
        _settings.NotSubscribed.Add(eventType);
        return this;
    }

    /// <summary>This event is subscribed to by hand, or not at all.</summary>
    public AutoSubscribeSettings DisableFor<T>() => DisableFor(typeof(T));

    /// <summary>Events that only sagas handle are subscribed to by hand.</summary>
    public void DoNotAutoSubscribeSagas() => _settings.SubscribesSagas = false;
}
