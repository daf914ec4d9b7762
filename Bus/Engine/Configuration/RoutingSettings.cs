using System.Reflection;
using Dovetail.Bus.Configuration;
using NServiceBus.Transport;

namespace NServiceBus;

/// <summary>Which endpoint handles which messages. A type's own route wins over its namespace's, and that over its assembly's.</summary>
public class RoutingSettings
{
    readonly RoutingTable _table;

    internal RoutingSettings(RoutingTable table) => _table = table;

    /// <summary>Lets this endpoint send events and publish commands.</summary>
    public void DoNotEnforceBestPractices() => _table.EnforcesBestPractices = false;

    /// <summary>Routes all messages of an assembly.</summary>
    public void RouteToEndpoint(Assembly assembly, string destination) => _table.ByAssembly[assembly] = Checked(destination);

    /// <summary>Routes one type of message.</summary>
    public void RouteToEndpoint(Type messageType, string destination) => _table.ByType[messageType] = Checked(destination);

    /// <summary>Routes the messages of one namespace of an assembly.</summary>
    public void RouteToEndpoint(Assembly assembly, string @namespace, string destination) =>
        _table.ByNamespace[(assembly, @namespace.ToUpperInvariant())] = Checked(destination);

    static string Checked(string destination)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(destination);
        return destination.Contains('@', StringComparison.Ordinal)
            ? throw new ArgumentException($"'{destination}' is an address. Routes name endpoints: leave out the part from '@' on.", nameof(destination))
            : destination;
    }
}

/// <summary>Which endpoint handles which messages, on one kind of transport.</summary>
public class RoutingSettings<T> : RoutingSettings where T : TransportDefinition
{
    internal RoutingSettings(RoutingTable table) : base(table)
    {
    }
}
