using Dovetail.Bus.Configuration;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus.Sending;

/// <summary>Where messages and the replies to them go.</summary>
sealed class Destinations(EndpointSettings settings, ITransport transport)
{
    readonly string _localAddress = transport.Address(settings.Queue);

    public string Of(Type type, SendOptions options) => options.Destination switch
    {
        Destination.Address { Queue: var queue } => transport.Address(queue),
        Destination.ThisEndpoint when settings.SendOnly => throw new InvalidOperationException($"{settings.EndpointName} is send-only and has no queue of its own. Send {type.Name} to another endpoint."),
        Destination.ThisEndpoint => _localAddress,
        Destination.ThisInstance => InstanceAddress,
        Destination.Instance { Id: var instance } => settings.Routing.Find(type) is { } endpoint
            ? transport.Address(transport.InstanceQueue(endpoint, instance))
            : throw new InvalidOperationException($"{type.FullName} goes to instance '{instance}' of no endpoint. Add routing.RouteToEndpoint(typeof({type.Name}), \"...\") where {settings.EndpointName} is configured."),
        _ => settings.Routing.Find(type) is { } destination
            ? transport.Address(destination)
            : throw new InvalidOperationException($"No destination specified for message: {type.FullName}. Add routing.RouteToEndpoint(typeof({type.Name}), \"...\") where {settings.EndpointName} is configured, or set a destination in the options."),
    };

    string InstanceAddress => settings.Discriminator is { } discriminator
        ? transport.Address(transport.InstanceQueue(settings.Queue, discriminator))
        : throw new InvalidOperationException($"This instance of {settings.EndpointName} has no queue of its own. Call MakeInstanceUniquelyAddressable on its configuration.");

    public string? OfReplies(ReplyRoute? route) => route switch
    {
        ReplyRoute.Address { Queue: var queue } => transport.Address(queue),
        ReplyRoute.ThisInstance => InstanceAddress,
        _ when settings.PublicReturnAddress is { } address => address,
        _ => settings.SendOnly ? null : _localAddress,
    };
}
