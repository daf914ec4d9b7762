using NServiceBus.Sagas;

namespace NServiceBus;

/// <summary>Settings of all sagas of an endpoint.</summary>
public static class SagasConfigExtensions
{
    /// <summary>Settings of all sagas of the endpoint.</summary>
    public static SagaSettings Sagas(this EndpointConfiguration config) => new(config.Settings);
}
