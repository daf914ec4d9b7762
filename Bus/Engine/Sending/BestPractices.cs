using Dovetail.Bus.Configuration;
using NServiceBus.Extensibility;

namespace Dovetail.Bus.Sending;

/// <summary>Refuses what is better not done, unless it was asked for by name.</summary>
sealed class BestPractices(EndpointSettings settings)
{
    public void Send(Departure departure)
    {
        if (Enforces(departure) && settings.Conventions.IsEventType(departure.Type))
            throw new InvalidOperationException($"{departure.Type.FullName} is an event: publish it, as the sender of a fact does not choose who hears it.");
    }

    public void Publish(Departure departure)
    {
        if (Enforces(departure) && settings.Conventions.IsCommandType(departure.Type))
            throw new InvalidOperationException($"{departure.Type.FullName} is a command: send it, as an order has one receiver.");
    }

    public void Reply(Departure departure)
    {
        if (Enforces(departure) && (settings.Conventions.IsCommandType(departure.Type) || settings.Conventions.IsEventType(departure.Type)))
            throw new InvalidOperationException($"{departure.Type.FullName} is a command or an event and can't be a reply. Reply with a message that is neither.");
    }

    public void Subscribe(Type type, ExtendableOptions options, ContextBag? bag)
    {
        if (settings.Routing.EnforcesBestPractices && !options.IgnoresBestPractices && bag?.HasOwn<BestPracticesIgnored>() != true && settings.Conventions.IsCommandType(type))
            throw new InvalidOperationException($"{type.FullName} is a command: it is sent to its one receiver and can't be subscribed to. Subscribe to an event.");
    }

    // What a stage allowed holds for its own message, and not for those that behaviors send meanwhile.
    bool Enforces(Departure departure) => settings.Routing.EnforcesBestPractices && !departure.Options.IgnoresBestPractices
        && (ReferenceEquals(departure.Bag, departure.Origin.Bag) || departure.Bag?.HasOwn<BestPracticesIgnored>() != true);
}
