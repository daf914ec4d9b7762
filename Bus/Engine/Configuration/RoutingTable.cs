using System.Reflection;

namespace Dovetail.Bus.Configuration;

/// <summary>Where messages go, by type, namespace and assembly.</summary>
sealed class RoutingTable
{
    public bool EnforcesBestPractices { get; set; } = true;

    public Dictionary<Type, string> ByType { get; } = [];

    public Dictionary<(Assembly, string UpperNamespace), string> ByNamespace { get; } = [];

    public Dictionary<Assembly, string> ByAssembly { get; } = [];

    public string? Find(Type type) =>
        ByType.TryGetValue(type, out var destination) ? destination
        : ByNamespace.TryGetValue((type.Assembly, (type.Namespace ?? "").ToUpperInvariant()), out destination) ? destination
        : ByAssembly.GetValueOrDefault(type.Assembly);
}
