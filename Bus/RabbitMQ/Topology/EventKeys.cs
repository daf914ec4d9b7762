using NServiceBus;

namespace Dovetail.Bus.RabbitMQ.Topology;

/// <summary>The keys under which events travel in the direct topology: a descendant's key begins with its parents'.</summary>
static class EventKeys
{
    /// <summary>The base classes, the most basic first; then the first interface that is a message of its own, with its parents; then the type.</summary>
    public static string Of(Type type)
    {
        var segments = new List<string>();
        AddChain(type.BaseType, segments);

        // A key is one line: of several interfaces only the first can be subscribed to.
        if (!type.IsInterface && type.GetInterfaces().FirstOrDefault(IsOwn) is { } contract) AddContract(contract, segments);
        if (type.IsInterface) AddContract(type, segments);
        else segments.Add(Segment(type));
        return string.Join('.', segments.Distinct(StringComparer.Ordinal));
    }

    static void AddChain(Type? type, List<string> segments)
    {
        if (type is null || !IsOwn(type)) return;
        AddChain(type.BaseType, segments);
        segments.Add(Segment(type));
    }

    static void AddContract(Type contract, List<string> segments)
    {
        if (contract.GetInterfaces().FirstOrDefault(IsOwn) is { } parent) AddContract(parent, segments);
        segments.Add(Segment(contract));
    }

    static string Segment(Type type) => type.FullName!.Replace('.', '-');

    /// <summary>Neither of the platform nor one of the markers.</summary>
    static bool IsOwn(Type type) => type != typeof(object) && type != typeof(IEvent) && type != typeof(ICommand) && type != typeof(IMessage)
        && !(type.Namespace?.StartsWith("System", StringComparison.Ordinal) ?? false);
}
