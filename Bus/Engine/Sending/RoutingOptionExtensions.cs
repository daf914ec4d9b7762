namespace NServiceBus;

/// <summary>Where a message goes, and where its replies go.</summary>
public static class RoutingOptionExtensions
{
    /// <summary>The queue set with SetDestination, if one was.</summary>
    public static string? GetDestination(this ReplyOptions options) => options.Destination;

    /// <summary>The queue set with SetDestination, if one was.</summary>
    public static string? GetDestination(this SendOptions options) => (options.Destination as Destination.Address)?.Queue;

    /// <summary>The queue set with RouteReplyTo, if one was.</summary>
    public static string? GetReplyToRoute(this ReplyOptions options) => (options.ReplyRoute as ReplyRoute.Address)?.Queue;

    /// <summary>The queue set with RouteReplyTo, if one was.</summary>
    public static string? GetReplyToRoute(this SendOptions options) => (options.ReplyRoute as ReplyRoute.Address)?.Queue;

    /// <summary>The instance set with RouteToSpecificInstance, if one was.</summary>
    public static string? GetRouteToSpecificInstance(this SendOptions options) => (options.Destination as Destination.Instance)?.Id;

    /// <summary>True once RouteReplyToAnyInstance was called.</summary>
    public static bool IsRoutingReplyToAnyInstance(this ReplyOptions options) => options.ReplyRoute is ReplyRoute.AnyInstance;

    /// <summary>True once RouteReplyToAnyInstance was called.</summary>
    public static bool IsRoutingReplyToAnyInstance(this SendOptions options) => options.ReplyRoute is ReplyRoute.AnyInstance;

    /// <summary>True once RouteReplyToThisInstance was called.</summary>
    public static bool IsRoutingReplyToThisInstance(this ReplyOptions options) => options.ReplyRoute is ReplyRoute.ThisInstance;

    /// <summary>True once RouteReplyToThisInstance was called.</summary>
    public static bool IsRoutingReplyToThisInstance(this SendOptions options) => options.ReplyRoute is ReplyRoute.ThisInstance;

    /// <summary>True once RouteToThisEndpoint was called.</summary>
    public static bool IsRoutingToThisEndpoint(this SendOptions options) => options.Destination is Destination.ThisEndpoint;

    /// <summary>True once RouteToThisInstance was called.</summary>
    public static bool IsRoutingToThisInstance(this SendOptions options) => options.Destination is Destination.ThisInstance;

    /// <summary>Replies go to this queue.</summary>
    public static void RouteReplyTo(this ReplyOptions options, string address) => options.RouteReply(new ReplyRoute.Address(Named(address)));

    /// <summary>Replies go to this queue.</summary>
    public static void RouteReplyTo(this SendOptions options, string address) => options.RouteReply(new ReplyRoute.Address(Named(address)));

    /// <summary>Replies go to the endpoint's shared queue.</summary>
    public static void RouteReplyToAnyInstance(this ReplyOptions options) => options.RouteReply(new ReplyRoute.AnyInstance());

    /// <summary>Replies go to the endpoint's shared queue.</summary>
    public static void RouteReplyToAnyInstance(this SendOptions options) => options.RouteReply(new ReplyRoute.AnyInstance());

    /// <summary>Replies go to the queue of the sending instance, which must be uniquely addressable.</summary>
    public static void RouteReplyToThisInstance(this ReplyOptions options) => options.RouteReply(new ReplyRoute.ThisInstance());

    /// <summary>Replies go to the queue of the sending instance, which must be uniquely addressable.</summary>
    public static void RouteReplyToThisInstance(this SendOptions options) => options.RouteReply(new ReplyRoute.ThisInstance());

    /// <summary>Sends to one instance of the endpoint that the message type is routed to.</summary>
    public static void RouteToSpecificInstance(this SendOptions options, string instanceId) => options.Route(new Destination.Instance(Named(instanceId)));

    /// <summary>Sends to the sending endpoint itself.</summary>
    public static void RouteToThisEndpoint(this SendOptions options) => options.Route(new Destination.ThisEndpoint());

    /// <summary>Sends to the sending instance itself, which must be uniquely addressable.</summary>
    public static void RouteToThisInstance(this SendOptions options) => options.Route(new Destination.ThisInstance());

    /// <summary>The reply goes to this queue instead of to the sender.</summary>
    public static void SetDestination(this ReplyOptions options, string destination) => options.Route(Named(destination));

    /// <summary>Sends to this queue, whatever the routing says.</summary>
    public static void SetDestination(this SendOptions options, string destination) => options.Route(new Destination.Address(Named(destination)));

    static string Named(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return name;
    }
}
