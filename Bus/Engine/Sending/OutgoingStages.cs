using Dovetail.Bus.Messages;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Pipeline;
using NServiceBus.Routing;

namespace Dovetail.Bus.Sending;

/// <summary>One message on its way out, through all stages.</summary>
sealed class Departure(object message, Type type, ExtendableOptions options, Dictionary<string, string> headers, Origin origin)
{
    public object Message { get; set; } = message;

    /// <summary>The type that it was sent as, which decides where it goes.</summary>
    public Type Type => type;

    public ExtendableOptions Options => options;

    public Dictionary<string, string> Headers => headers;

    public Origin Origin => origin;

    public ReplyRoute? ReplyRoute { get; init; }

    public DateTimeOffset? Due { get; init; }

    public Target Target { get; set; } = null!;

    public TimeSpan? Worth { get; set; }

    public ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>That of the innermost stage entered so far.</summary>
    public ContextBag? Bag { get; set; } = origin.Bag;
}

/// <summary>What the outgoing stages have in common. What a behavior sends meanwhile comes from where the message comes from, and has options of its own.</summary>
abstract class OutgoingContext : StageContext, IOutgoingContext
{
    readonly OutgoingMessages _outgoing;

    protected OutgoingContext(Departure departure, OutgoingMessages outgoing) : base(departure.Bag, departure.Origin.Services, departure.Origin.Cancellation)
    {
        _outgoing = outgoing;
        Departure = departure;
        departure.Bag = Extensions;
        Extensions.Set(new OperationProperties(departure.Options.Extensions));
    }

    public Departure Departure { get; }

    public Dictionary<string, string> Headers => Departure.Headers;

    public string MessageId => Departure.Headers[NServiceBus.Headers.MessageId];

    public OutgoingLogicalMessage Message => new(MessageProxies.ContractOf(Departure.Message), Departure.Message);

    public IReadOnlyCollection<RoutingStrategy> RoutingStrategies => [Departures.StrategyOf(Departure.Target)];

    Origin Here => Departure.Origin with { Bag = Extensions };

    public Task Publish(object message, PublishOptions options) => _outgoing.Publish(message, options, Here);

    public Task Publish<T>(Action<T> messageConstructor, PublishOptions publishOptions) => Publish(MessageCreator.Make(messageConstructor), publishOptions);

    public Task Send(object message, SendOptions options) => _outgoing.Send(message, options, Here);

    public Task Send<T>(Action<T> messageConstructor, SendOptions options) => Send(MessageCreator.Make(messageConstructor), options);

    /// <summary>The message of a context that came through a stage.</summary>
    public static Departure Of(IOutgoingContext context) => context is OutgoingContext own ? own.Departure : throw new InvalidOperationException(
        $"A behavior passed on a {context.GetType().Name} of its own. Pass on the context that it was given.");
}

sealed class OutgoingSendContext(Departure departure, OutgoingMessages outgoing) : OutgoingContext(departure, outgoing), IOutgoingSendContext;

sealed class OutgoingPublishContext(Departure departure, OutgoingMessages outgoing) : OutgoingContext(departure, outgoing), IOutgoingPublishContext;

sealed class OutgoingReplyContext(Departure departure, OutgoingMessages outgoing) : OutgoingContext(departure, outgoing), IOutgoingReplyContext;

sealed class OutgoingLogicalMessageContext(Departure departure, OutgoingMessages outgoing) : OutgoingContext(departure, outgoing), IOutgoingLogicalMessageContext
{
    public void UpdateMessage(object newInstance)
    {
        ArgumentNullException.ThrowIfNull(newInstance);
        Departure.Message = newInstance;
    }
}

sealed class OutgoingPhysicalMessageContext(Departure departure, OutgoingMessages outgoing) : OutgoingContext(departure, outgoing), IOutgoingPhysicalMessageContext
{
    public ReadOnlyMemory<byte> Body => Departure.Body;

    public void UpdateMessage(ReadOnlyMemory<byte> body) => Departure.Body = body;
}
