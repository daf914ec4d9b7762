using Dovetail.Bus.Sagas;
using NServiceBus.Installation;
using NServiceBus.Persistence;
using NServiceBus.Serialization;
using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>Choosing the transport.</summary>
public static class TransportConfig
{
    /// <summary>Sets what messages travel on; the answer configures where they go.</summary>
    public static RoutingSettings<TTransport> UseTransport<TTransport>(this EndpointConfiguration endpointConfiguration, TTransport transportDefinition)
        where TTransport : TransportDefinition
    {
        endpointConfiguration.Settings.Transport = transportDefinition;
        return new RoutingSettings<TTransport>(endpointConfiguration.Settings.Routing);
    }
}

/// <summary>Choosing the store.</summary>
public static class PersistenceConfig
{
    /// <summary>Sets where saga state and the outbox are kept.</summary>
    public static PersistenceExtensions<T> UsePersistence<T>(this EndpointConfiguration config) where T : PersistenceDefinition, IPersistenceDefinitionFactory<T>
    {
        var definition = T.Create();
        config.Settings.Persistence = definition;
        return new PersistenceExtensions<T>(config.Settings, definition);
    }
}

/// <summary>Choosing the serializer.</summary>
public static class SerializationConfigExtensions
{
    /// <summary>Reads bodies of another content type too.</summary>
    public static SerializationExtensions<T> AddDeserializer<T>(this EndpointConfiguration config) where T : SerializationDefinition, new() =>
        config.AddDeserializer(new T());

    /// <summary>Reads bodies of another content type too.</summary>
    public static SerializationExtensions<T> AddDeserializer<T>(this EndpointConfiguration config, T serializationDefinition) where T : SerializationDefinition
    {
        config.Settings.Deserializers.Add(serializationDefinition);
        return new SerializationExtensions<T>(serializationDefinition);
    }

    /// <summary>Sets how bodies are written and read.</summary>
    public static SerializationExtensions<T> UseSerialization<T>(this EndpointConfiguration config) where T : SerializationDefinition, new() =>
        config.UseSerialization(new T());

    /// <summary>Sets how bodies are written and read.</summary>
    public static SerializationExtensions<T> UseSerialization<T>(this EndpointConfiguration config, T serializationDefinition) where T : SerializationDefinition
    {
        config.Settings.Serialization = serializationDefinition;
        return new SerializationExtensions<T>(serializationDefinition);
    }
}

/// <summary>Registering handlers by hand.</summary>
public static class MessageHandlerRegistrationExtensions
{
    /// <summary>Has this endpoint use a handler; handlers of one message run in the order of registration.</summary>
    /// <exception cref="InvalidOperationException">The class is a saga.</exception>
    public static void AddHandler<THandler>(this EndpointConfiguration config)
    {
        if (typeof(Saga).IsAssignableFrom(typeof(THandler)))
            throw new InvalidOperationException($"{typeof(THandler).Name} is a saga, and as a handler it would have no state. Add it with AddSaga<{typeof(THandler).Name}>().");
        if (!config.Settings.Handlers.Contains(typeof(THandler))) config.Settings.Handlers.Add(typeof(THandler));
    }
}

/// <summary>Registering sagas by hand.</summary>
public static class SagaRegistrationExtensions
{
    /// <summary>Has this endpoint run a saga.</summary>
    /// <exception cref="InvalidOperationException">The saga's mappings are incomplete or contradict each other; the text says which and how to mend them.</exception>
    public static void AddSaga<TSaga>(this EndpointConfiguration config) where TSaga : Saga, IHandleMessages
    {
        if (config.Settings.Sagas.TrueForAll(saga => saga.SagaType != typeof(TSaga))) config.Settings.Sagas.Add(SagaDefinition.Of(typeof(TSaga)));
    }
}

/// <summary>The queue for messages that failed for good.</summary>
public static class ConfigureError
{
    /// <summary>Names the error queue; "error" unless set.</summary>
    public static void SendFailedMessagesTo(this EndpointConfiguration config, string errorQueue)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(errorQueue);
        config.Settings.ErrorQueue = errorQueue;
    }
}

/// <summary>The queue for copies of all messages processed.</summary>
public static class ConfigureAudit
{
    /// <summary>Sends a copy of every processed message to a queue, in the commit that ends its processing.</summary>
    public static void AuditProcessedMessagesTo(this EndpointConfiguration config, string auditQueue, TimeSpan? timeToBeReceived = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(auditQueue);
        config.Settings.AuditQueue = auditQueue;
        config.Settings.AuditTimeToBeReceived = timeToBeReceived;
    }
}

/// <summary>How many messages are processed at a time.</summary>
public static class MessageProcessingOptimizationExtensions
{
    /// <summary>Sets the limit; the number of cores, at least two, unless set.</summary>
    public static void LimitMessageProcessingConcurrencyTo(this EndpointConfiguration config, int maxConcurrency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxConcurrency, 1);
        config.Settings.Concurrency = maxConcurrency;
    }
}

/// <summary>Creating queues and tables at start.</summary>
public static class InstallConfigExtensions
{
    /// <summary>Has an installer run where installers are enabled, in the order added.</summary>
    public static void AddInstaller<TInstaller>(this EndpointConfiguration config) where TInstaller : class, INeedToInstallSomething
    {
        if (!config.Settings.Installers.Contains(typeof(TInstaller))) config.Settings.Installers.Add(typeof(TInstaller));
    }

    /// <summary>Creates what is missing when the endpoint starts.</summary>
    /// <param name="username">Who is to be allowed to use what installers create; the user of the process unless given.</param>
    public static void EnableInstallers(this EndpointConfiguration config, string? username = null)
    {
        config.Settings.InstallersEnabled = true;
        config.Settings.InstallerIdentity = username;
    }
}

/// <summary>Emptying queues at start.</summary>
public static class ConfigurePurging
{
    /// <summary>Drops whatever waits in the endpoint's queue when it starts. For tests and development.</summary>
    public static void PurgeOnStartup(this EndpointConfiguration config, bool value) => config.Settings.PurgeOnStartup = value;
}

/// <summary>Headers on everything.</summary>
public static class StaticHeadersConfigExtensions
{
    /// <summary>Sets a header on every message that this endpoint sends.</summary>
    public static void AddHeaderToAllOutgoingMessages(this EndpointConfiguration config, string key, string value)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(key);
        config.Settings.StaticHeaders[key] = value;
    }
}

/// <summary>How handlers are found.</summary>
public static class AssemblyScannerConfigurationExtensions
{
    /// <summary>Settings of the search for handlers and sagas.</summary>
    public static AssemblyScannerConfiguration AssemblyScanner(this EndpointConfiguration configuration) => new(configuration.Settings);
}

/// <summary>Settings of the search for handlers and sagas. This engine searches nothing: handlers and sagas are added by hand.</summary>
public class AssemblyScannerConfiguration
{
    readonly Dovetail.Bus.Configuration.EndpointSettings _settings;

    internal AssemblyScannerConfiguration(Dovetail.Bus.Configuration.EndpointSettings settings) => _settings = settings;

    /// <summary>Must be true where several endpoints share a host.</summary>
    public bool Disable
    {
        get => _settings.ScanningDisabled;
        set => _settings.ScanningDisabled = value;
    }
}
