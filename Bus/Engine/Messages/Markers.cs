namespace NServiceBus;

/// <summary>Marks a type as a message, for code that prefers marker interfaces to conventions.</summary>
public interface IMessage;

/// <summary>Marks a type as a command: an order to one receiver.</summary>
public interface ICommand : IMessage;

/// <summary>Marks a type as an event: a fact for any number of subscribers.</summary>
public interface IEvent : IMessage;

/// <summary>What a message was sent for; travels in <see cref="Headers.MessageIntent"/>.</summary>
public enum MessageIntent
{
    /// <summary>Sent to one receiver.</summary>
    Send = 1,

    /// <summary>Published to whoever subscribed.</summary>
    Publish = 2,

    /// <summary>A request to be told about an event, on transports without native publish and subscribe.</summary>
    Subscribe = 3,

    /// <summary>Takes a subscription back, on transports without native publish and subscribe.</summary>
    Unsubscribe = 4,

    /// <summary>The answer to a message.</summary>
    Reply = 5,
}
