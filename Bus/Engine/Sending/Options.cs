namespace NServiceBus;

/// <summary>How one message is sent. May be used again for another message; what was sent before does not change.</summary>
public class SendOptions : Extensibility.ExtendableOptions
{
    internal Destination? Destination { get; private set; }

    internal ReplyRoute? ReplyRoute { get; private set; }

    internal TimeSpan? Delay { get; set; }

    internal DateTimeOffset? DeliverAt { get; set; }

    internal string? NewConversation { get; set; }

    internal bool StartsNewConversation { get; set; }

    internal void Route(Destination destination) => Destination = Destination is null
        ? destination
        : throw new InvalidOperationException("These options already say where the message goes. Choose one destination, once, per options object.");

    internal void RouteReply(ReplyRoute route) => ReplyRoute = ReplyRoute is null
        ? route
        : throw new InvalidOperationException("These options already say where replies go. Choose one reply route, once, per options object.");
}

/// <summary>How one event is published.</summary>
public class PublishOptions : Extensibility.ExtendableOptions;

/// <summary>How one reply is sent.</summary>
public class ReplyOptions : Extensibility.ExtendableOptions
{
    internal string? Destination { get; private set; }

    internal ReplyRoute? ReplyRoute { get; private set; }

    internal void Route(string destination) => Destination = Destination is null
        ? destination
        : throw new InvalidOperationException("These options already say where the reply goes. Choose one destination, once, per options object.");

    internal void RouteReply(ReplyRoute route) => ReplyRoute = ReplyRoute is null
        ? route
        : throw new InvalidOperationException("These options already say where replies go. Choose one reply route, once, per options object.");
}

/// <summary>How an event is subscribed to.</summary>
public class SubscribeOptions : Extensibility.ExtendableOptions;

/// <summary>How a subscription is taken back.</summary>
public class UnsubscribeOptions : Extensibility.ExtendableOptions;

abstract record Destination
{
    internal sealed record Address(string Queue) : Destination;

    internal sealed record ThisEndpoint : Destination;

    internal sealed record ThisInstance : Destination;

    internal sealed record Instance(string Id) : Destination;
}

abstract record ReplyRoute
{
    internal sealed record Address(string Queue) : ReplyRoute;

    internal sealed record AnyInstance : ReplyRoute;

    internal sealed record ThisInstance : ReplyRoute;
}
