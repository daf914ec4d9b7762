namespace NServiceBus;

/// <summary>Sets which types are messages, commands and events.</summary>
public class ConventionsBuilder
{
    internal ConventionsBuilder(Conventions conventions) => Conventions = conventions;

    /// <summary>The conventions being set.</summary>
    public Conventions Conventions { get; }

    /// <summary>Adds a convention beside the others: a type is a message if any of them says so.</summary>
    public ConventionsBuilder Add(IMessageConvention messageConvention)
    {
        Conventions.Add(messageConvention);
        return this;
    }

    /// <summary>Sets which types are commands.</summary>
    public ConventionsBuilder DefiningCommandsAs(Func<Type, bool> definesCommandType) => Define(convention => convention.Commands = definesCommandType);

    /// <summary>Sets which types are events.</summary>
    public ConventionsBuilder DefiningEventsAs(Func<Type, bool> definesEventType) => Define(convention => convention.Events = definesEventType);

    /// <summary>Sets which types are messages that are neither commands nor events, such as replies.</summary>
    public ConventionsBuilder DefiningMessagesAs(Func<Type, bool> definesMessageType) => Define(convention => convention.Messages = definesMessageType);

    ConventionsBuilder Define(Action<PredicateConvention> change)
    {
        Conventions.Define(change);
        return this;
    }
}

/// <summary>How long messages are worth receiving, by convention instead of by attribute.</summary>
public static class TimeToBeReceivedConventionExtensions
{
    /// <summary>Sets for how long messages of a type are worth receiving; TimeSpan.MaxValue for ever.</summary>
    public static ConventionsBuilder DefiningTimeToBeReceivedAs(this ConventionsBuilder builder, Func<Type, TimeSpan> retrieveTimeToBeReceived)
    {
        builder.Conventions.TimeToBeReceived = retrieveTimeToBeReceived;
        return builder;
    }
}
