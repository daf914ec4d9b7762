using Dovetail.Bus.Configuration;
using NServiceBus.Persistence;

namespace NServiceBus;

/// <summary>Settings of a persistence.</summary>
public class PersistenceExtensions<T> where T : PersistenceDefinition, IPersistenceDefinitionFactory<T>
{
    internal PersistenceExtensions(EndpointSettings settings, T definition)
    {
        Settings = settings;
        Definition = definition;
    }

    internal EndpointSettings Settings { get; }

    internal T Definition { get; }
}
