using Dovetail.Bus;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Hosting;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Sagas;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NServiceBus.Persistence;
using NServiceBus.TransactionalSession;

namespace NServiceBus;

/// <summary>Endpoints in a host.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Runs an endpoint in this host. Where several share it, each needs an identifier, by which its session is then keyed.</summary>
    /// <exception cref="InvalidOperationException">The configuration is incomplete, or was used before.</exception>
    public static void AddNServiceBusEndpoint(this IServiceCollection services, EndpointConfiguration endpointConfiguration, object? endpointIdentifier = null)
    {
        var settings = endpointConfiguration.Settings;
        Check(settings, services, endpointIdentifier);
        settings.Taken = true;

        var key = endpointIdentifier ?? Unnamed.Key;
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IMessageCreator>(MessageCreator.Instance);
        services.AddSingleton(new Registration(settings, endpointIdentifier));
        services.TryAddSingleton(provider => new BusHealth([.. provider.GetServices<Registration>().Select(registration => provider.GetRequiredKeyedService<EndpointInstance>(registration.Identifier ?? Unnamed.Key))]));
        services.AddKeyedSingleton(key, (provider, _) => new EndpointInstance(
            settings, provider, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<IHostedService>(provider => new EndpointHost(
            provider.GetRequiredKeyedService<EndpointInstance>(key), provider.GetService<InstallersOptions>(), provider.GetService<IHostApplicationLifetime>()));
        Offer<IMessageSession>(ServiceLifetime.Singleton, endpoint => new MessageSession(endpoint));
        Offer(ServiceLifetime.Singleton, endpoint => endpoint.CriticalError);
        Offer(ServiceLifetime.Singleton, endpoint => new PendingTimeouts(endpoint.Store));
        Offer(ServiceLifetime.Singleton, _ => settings.Host.Describe());
        if (!settings.SendOnly) Offer(ServiceLifetime.Singleton, endpoint => endpoint.Addresses!);
        if (settings.TransactionalSession is not null) OfferIn<ITransactionalSession>(ServiceLifetime.Scoped, (endpoint, scope) => new StoreSession(endpoint, scope));
        services.TryAddScoped<StorageOfScope>();
        services.TryAddScoped<ISynchronizedStorageSession>(provider => provider.GetRequiredService<StorageOfScope>().Session);
        settings.Persistence!.AddServices(services);

        void Offer<T>(ServiceLifetime lifetime, Func<EndpointInstance, T> make) where T : class => OfferIn(lifetime, (endpoint, _) => make(endpoint));

        void OfferIn<T>(ServiceLifetime lifetime, Func<EndpointInstance, IServiceProvider, T> make) where T : class => services.Add(endpointIdentifier is null
            ? new ServiceDescriptor(typeof(T), provider => make(provider.GetRequiredKeyedService<EndpointInstance>(key), provider), lifetime)
            : new ServiceDescriptor(typeof(T), key, (provider, _) => make(provider.GetRequiredKeyedService<EndpointInstance>(key), provider), lifetime));
    }

    /// <summary>The host's endpoints create their queues and tables, receive nothing, and the host stops again: a step of a deployment.</summary>
    public static void AddNServiceBusInstallers(this IServiceCollection services, Action<InstallersOptions>? configure = null)
    {
        var options = new InstallersOptions();
        configure?.Invoke(options);
        services.AddSingleton(options);
    }

    static void Check(EndpointSettings settings, IServiceCollection services, object? identifier)
    {
        var name = settings.EndpointName;
        if (settings.Taken) throw new InvalidOperationException($"This configuration already runs endpoint {name}. Make a new EndpointConfiguration for each endpoint.");
        if (settings.Transport is null) throw new InvalidOperationException($"Endpoint {name} has no transport. Call UseTransport(...) on its configuration.");
        if (settings.Persistence is null) throw new InvalidOperationException($"Endpoint {name} has no persistence for its state and outbox. Call UsePersistence<...>() on its configuration.");
        if (settings is { SendOnly: false, TransactionalSession.ProcessorEndpoint: { } processor })
            throw new InvalidOperationException($"Endpoint {name} names {processor} to dispatch what its sessions leave behind, but it receives messages and does that itself. Leave ProcessorEndpoint away, or make the endpoint send-only.");
        if (settings.Serialization is null) throw new InvalidOperationException($"Endpoint {name} has no serializer. Call UseSerialization<SystemJsonSerializer>() on its configuration.");

        SagaNeighbours.Check(name, settings.Sagas, settings.SagasShareStateClasses);

        var others = services.Select(service => service.ImplementationInstance).OfType<Registration>().ToList();
        if (others.Count > 0 && (identifier is null || others.Exists(other => other.Identifier is null)))
            throw new InvalidOperationException($"Endpoint {name} shares its host with {others[0].Settings.EndpointName}: give both an identifier, each its own: AddNServiceBusEndpoint(configuration, \"{name}\").");
        if (others.Exists(other => Equals(other.Identifier, identifier)))
            throw new InvalidOperationException($"Endpoint {name} has the identifier '{identifier}', which another endpoint of this host has. Choose a distinct one.");
        if (others.Exists(other => ReferenceEquals(other.Settings.Transport, settings.Transport)))
            throw new InvalidOperationException($"Endpoint {name} shares its transport object with another endpoint. Make one for each.");
    }

    sealed record Registration(EndpointSettings Settings, object? Identifier);

    sealed record Unnamed
    {
        public static readonly Unnamed Key = new();
    }
}
