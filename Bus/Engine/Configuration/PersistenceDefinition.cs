using Dovetail.Bus.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace NServiceBus.Persistence;

/// <summary>Where saga state and the outbox are kept.</summary>
public abstract class PersistenceDefinition
{
    internal abstract IStore Create(ITransport transport, TransportContext context);

    /// <summary>What handlers of an endpoint with this persistence can have injected.</summary>
    internal virtual void AddServices(IServiceCollection services)
    {
    }

    /// <summary>What it is, in words.</summary>
    internal virtual string Describe() => GetType().Name;
}

/// <summary>Lets a persistence be named by its type alone.</summary>
public interface IPersistenceDefinitionFactory<out TDefinition> where TDefinition : PersistenceDefinition, IPersistenceDefinitionFactory<TDefinition>
{
    /// <summary>Makes the definition with its defaults.</summary>
    static abstract TDefinition Create();
}
