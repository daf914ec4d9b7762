using Dovetail.Bus.Configuration;

namespace NServiceBus.Sagas;

/// <summary>Settings of all sagas of an endpoint.</summary>
public class SagaSettings
{
    readonly EndpointSettings _settings;

    internal SagaSettings(EndpointSettings settings) => _settings = settings;

    /// <summary>Lets several sagas have state of the same class, or of classes derived from each other. Each still has a table of its own.</summary>
    public void DisableBestPracticeValidation() => _settings.SagasShareStateClasses = true;
}
