using System.Collections.Concurrent;

namespace NServiceBus;

/// <summary>Decides which types are messages, commands and events.</summary>
public class Conventions
{
    readonly ConcurrentDictionary<Type, bool> _messages = new();

    internal Func<Type, bool> Commands { get; set; } = type => typeof(ICommand).IsAssignableFrom(type) && type != typeof(ICommand);

    internal Func<Type, bool> Events { get; set; } = type => typeof(IEvent).IsAssignableFrom(type) && type != typeof(IEvent);

    internal Func<Type, bool> Messages { get; set; } = type => typeof(IMessage).IsAssignableFrom(type) && type != typeof(IMessage) && type != typeof(ICommand) && type != typeof(IEvent);

    /// <summary>True for an order to one receiver.</summary>
    public bool IsCommandType(Type t) => Ask(Commands, t, "command");

    /// <summary>True for a fact that can be subscribed to.</summary>
    public bool IsEventType(Type t) => Ask(Events, t, "event");

    /// <summary>True for whatever may travel: commands and events too.</summary>
    public bool IsMessageType(Type t) => _messages.GetOrAdd(t, type => Ask(Messages, type, "message") || IsCommandType(type) || IsEventType(type));

    internal void Forget() => _messages.Clear();

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

/// <summary>Sets which types are messages, commands and events.</summary>
public class ConventionsBuilder
{
    internal ConventionsBuilder(Conventions conventions) => Conventions = conventions;

    /// <summary>The conventions being set.</summary>
    public Conventions Conventions { get; }

    /// <summary>Sets which types are commands.</summary>
    public ConventionsBuilder DefiningCommandsAs(Func<Type, bool> definesCommandType) => Set(() => Conventions.Commands = definesCommandType);

    /// <summary>Sets which types are events.</summary>
    public ConventionsBuilder DefiningEventsAs(Func<Type, bool> definesEventType) => Set(() => Conventions.Events = definesEventType);

    /// <summary>Sets which types are messages that are neither commands nor events, such as replies.</summary>
    public ConventionsBuilder DefiningMessagesAs(Func<Type, bool> definesMessageType) => Set(() => Conventions.Messages = definesMessageType);

    ConventionsBuilder Set(Action change)
    {
        change();
        Conventions.Forget();
        return this;
    }
}
