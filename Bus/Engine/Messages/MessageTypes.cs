using System.Collections.Concurrent;
using NServiceBus;
using NServiceBus.Unicast.Messages;

namespace Dovetail.Bus.Messages;

/// <summary>Names of message types on the wire, both ways.</summary>
sealed class MessageTypes(Conventions conventions, bool loadsTypes = true)
{
    readonly ConcurrentDictionary<Type, MessageMetadata> _described = new();
    readonly ConcurrentDictionary<string, IReadOnlyList<Type>> _resolved = new(StringComparer.Ordinal);
    readonly HashSet<Type> _registered = [];

    /// <summary>Makes a type a message of this endpoint, whatever the conventions say: timeouts need no marker.</summary>
    /// <remarks>But not what catch-all handlers name: those are no messages, and would stand in every header.</remarks>
    public void Register(Type type)
    {
        if (type != typeof(object) && type != typeof(IMessage) && type != typeof(ICommand) && type != typeof(IEvent)) _registered.Add(type);
    }

    public bool IsMessage(Type type) => _registered.Contains(type) || conventions.IsMessageType(type);

    /// <summary>The type and all its parents that are messages, most derived first, as the header holds them.</summary>
    public string Enclosed(Type type) => Describe(type).MessageHierarchySerialized;

    /// <summary>The type and all its parents that are messages, most derived first.</summary>
    public MessageMetadata Describe(Type type) => _described.GetOrAdd(type, static (type, types) =>
    {
        var parents = type.GetInterfaces().Select(parent => (Type: parent, Depth: parent.GetInterfaces().Length))
            .Concat(BaseClasses(type).Select(parent => (Type: parent, Depth: BaseClasses(parent).Count())))
            .Where(parent => types.IsMessage(parent.Type))
            .OrderByDescending(parent => parent.Depth);
        return new MessageMetadata(type, [type, .. parents.Select(parent => parent.Type)]);
    }, this);

    /// <summary>The types named by the header that this endpoint knows.</summary>
    /// <exception cref="MessageDeserializationException">A name in the header is blank.</exception>
    public IReadOnlyList<Type> Resolve(string header) => _resolved.GetOrAdd(header, static (header, types) => types.Find(header), this);

    /// <summary>The type and everything it derives from or implements: whoever subscribed to any of them gets the event.</summary>
    public static IEnumerable<Type> Hierarchy(Type type) => BaseClasses(type).Append(typeof(object)).Concat(type.GetInterfaces()).Prepend(type);

    /// <summary>Null for a type that is not there, and for a name that is none.</summary>
    public static Type? TryLoad(string name)
    {
        try
        {
            return Type.GetType(name, throwOnError: false);
        }
        catch (Exception failure) when (failure is FileLoadException or BadImageFormatException or ArgumentException or TypeLoadException)
        {
            return null;
        }
    }

    static IEnumerable<Type> BaseClasses(Type type)
    {
        for (var parent = type.BaseType; parent is not null && parent != typeof(object); parent = parent.BaseType) yield return parent;
    }

    List<Type> Find(string header)
    {
        var types = new List<Type>();
        foreach (var entry in header.Split(';', StringSplitOptions.TrimEntries))
        {
            if (entry.Length == 0)
                throw new MessageDeserializationException($"Header '{Headers.EnclosedMessageTypes}' is '{header}', which holds an empty name. Mend the sender.");
            if (entry.Contains("__impl", StringComparison.Ordinal)) continue;
            if (Load(entry) is { } type) types.Add(type);
        }
        return types;
    }

    Type? Load(string entry)
    {
        var type = loadsTypes ? TryLoad(entry) : null;
        if (type is not null) return IsMessage(type) ? type : null;

        // Another version of the contracts, or only a full name: what counts is the name without the assembly.
        var comma = entry.IndexOf(',', entry.LastIndexOf(']') + 1);
        var fullName = comma < 0 ? entry : entry[..comma];
        return _registered.FirstOrDefault(known => known.FullName == fullName);
    }
}
