using System.Collections.Concurrent;

namespace NServiceBus;

/// <summary>Decides which types are messages, commands and events.</summary>
public class Conventions
{
    readonly ConcurrentDictionary<Type, bool> _messages = new();
    readonly ConcurrentDictionary<Type, bool> _commands = new();
    readonly ConcurrentDictionary<Type, bool> _events = new();
    readonly PredicateConvention _default = new();
    readonly List<IMessageConvention> _all;
    readonly List<Func<Type, bool>> _system = [];

    /// <summary>Begins with the marker interfaces.</summary>
    public Conventions() => _all = [_default];

    internal Func<Type, TimeSpan>? TimeToBeReceived { get; set; }

    /// <summary>Adds types that are always messages, whatever the conventions say: the platform's own.</summary>
    public void AddSystemMessagesConventions(Func<Type, bool> definesMessageType)
    {
        _system.Add(definesMessageType);
        _messages.Clear();
    }

    /// <summary>True for an order to one receiver.</summary>
    public bool IsCommandType(Type t) => _commands.GetOrAdd(t, type => _all.Exists(convention => Ask(convention.IsCommandType, type, "command")));

    /// <summary>True for a fact that can be subscribed to.</summary>
    public bool IsEventType(Type t) => _events.GetOrAdd(t, type => _all.Exists(convention => Ask(convention.IsEventType, type, "event")));

    /// <summary>True for the platform's own messages.</summary>
    public bool IsInSystemConventionList(Type t) => _system.Exists(convention => convention(t));

    /// <summary>True for whatever may travel: commands and events too.</summary>
    public bool IsMessageType(Type t) => _messages.GetOrAdd(t, type => type != typeof(IMessage) && type != typeof(ICommand) && type != typeof(IEvent) &&
        (IsInSystemConventionList(type) || _all.Exists(convention => Ask(convention.IsMessageType, type, "message")) || IsCommandType(type) || IsEventType(type)));

    internal void Add(IMessageConvention convention)
    {
        _all.Add(convention);
        Forget();
    }

    internal void Define(Action<PredicateConvention> change)
    {
        change(_default);
        Forget();
    }

    void Forget()
    {
        _messages.Clear();
        _commands.Clear();
        _events.Clear();
    }

    static bool Ask(Func<Type, bool> convention, Type type, string kind)
    {
        try
        {
            return convention(type);
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"The {kind} convention failed for {type.FullName}. Mend the function given to Defining{char.ToUpperInvariant(kind[0])}{kind[1..]}sAs.", failure);
        }
    }
}

/// <summary>One way of telling messages from other types.</summary>
public interface IMessageConvention
{
    /// <summary>Names it in logs.</summary>
    string Name { get; }

    /// <summary>True for an order to one receiver.</summary>
    bool IsCommandType(Type type);

    /// <summary>True for a fact that can be subscribed to.</summary>
    bool IsEventType(Type type);

    /// <summary>True for messages that are neither.</summary>
    bool IsMessageType(Type type);
}

/// <summary>Tells messages by the interfaces IMessage, ICommand and IEvent.</summary>
public class NServiceBusMarkerInterfaceConvention : IMessageConvention
{
    /// <inheritdoc />
    public string Name => "Marker interfaces";

    /// <inheritdoc />
    public bool IsCommandType(Type type) => typeof(ICommand).IsAssignableFrom(type) && type != typeof(ICommand);

    /// <inheritdoc />
    public bool IsEventType(Type type) => typeof(IEvent).IsAssignableFrom(type) && type != typeof(IEvent);

    /// <inheritdoc />
    public bool IsMessageType(Type type) => typeof(IMessage).IsAssignableFrom(type) && type != typeof(IMessage) && type != typeof(ICommand) && type != typeof(IEvent);
}

/// <summary>The convention that there is at first; each of its three parts can be replaced by a function.</summary>
sealed class PredicateConvention : IMessageConvention
{
    static readonly NServiceBusMarkerInterfaceConvention Markers = new();

    public string Name => "Default";

    public Func<Type, bool> Commands { get; set; } = Markers.IsCommandType;

    public Func<Type, bool> Events { get; set; } = Markers.IsEventType;

    public Func<Type, bool> Messages { get; set; } = Markers.IsMessageType;

    public bool IsCommandType(Type type) => Commands(type);

    public bool IsEventType(Type type) => Events(type);

    public bool IsMessageType(Type type) => Messages(type);
}
