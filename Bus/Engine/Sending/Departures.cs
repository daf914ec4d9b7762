using Dovetail.Bus.Messages;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Transport;
using NServiceBus.DelayedDelivery;
using NServiceBus.Extensibility;
using NServiceBus.Performance.TimeToBeReceived;
using NServiceBus.Pipeline;
using NServiceBus.Routing;
using NServiceBus.Transport;

namespace Dovetail.Bus.Sending;

/// <summary>The last stages of whatever leaves: sent, forwarded, audited, retried or failed. Without behaviors there they cost nothing.</summary>
sealed class Departures
{
    readonly ITransport _transport;
    readonly TimeProvider _time;
    readonly Action<Dictionary<string, string>, DateTimeOffset?> _stamp;
    readonly Func<IRoutingContext, Task>? _routing;
    readonly Func<IBatchDispatchContext, Task>? _batch;
    readonly Func<IDispatchContext, Task>? _dispatch;

    /// <param name="stamp">Adds what every message carries that leaves.</param>
    public Departures(Behaviors behaviors, ITransport transport, TimeProvider time, Action<Dictionary<string, string>, DateTimeOffset?> stamp)
    {
        _transport = transport;
        _time = time;
        _stamp = stamp;
        _routing = behaviors.Chain<IRoutingContext>(context =>
        {
            Address(context);
            return Task.CompletedTask;
        });
        _dispatch = behaviors.Chain<IDispatchContext>(context => Ready(context, context.Operations));
        _batch = behaviors.Chain<IBatchDispatchContext>(context => Dispatch(context.Operations, context));
    }

    /// <summary>What leaves of this message: as a rule itself, unless behaviors send it elsewhere too, or not at all.</summary>
    public async ValueTask<IReadOnlyList<OutgoingOperation>> Route(OutgoingOperation operation, ContextBag? options, Surroundings around)
    {
        if (_routing is null)
        {
            _stamp(operation.Headers, operation.DueAt);
            return [operation];
        }
        var context = new RoutingContext(MessageOf(operation), [StrategyOf(operation.Target)], PropertiesOf(operation), around.Bag, around.Services, around.Cancellation);
        context.Extensions.Set(options is null ? OperationProperties.None : new OperationProperties(options));
        return await Route(context, operation);
    }

    /// <summary>What leaves of a copy that an action made.</summary>
    /// <param name="source">Where the copy comes from, as far as the engine knows.</param>
    public async ValueTask<IReadOnlyList<OutgoingOperation>> Route(IRoutingContext context, OutgoingOperation? source = null)
    {
        context.Extensions.Set(new Routed(source));
        if (_routing is null) Address(context);
        else await _routing(context);
        return context.Extensions.Get<Routed>().Operations;
    }

    /// <summary>What is left of these once behaviors have seen them leave.</summary>
    public async Task<IReadOnlyList<OutgoingOperation>> Dispatch(IReadOnlyList<OutgoingOperation> operations, Surroundings around) =>
        _dispatch is null || operations.Count == 0 ? operations : await Through(_dispatch, new DispatchContext(ToPublic(operations), around));

    /// <summary>Sends at once.</summary>
    public async Task Send(IReadOnlyList<OutgoingOperation> operations, Surroundings around)
    {
        var leaving = await Dispatch(operations, around);
        if (leaving.Count > 0) await _transport.Send(leaving, around.Cancellation);
    }

    /// <summary>Whether behaviors want to see what leaves together.</summary>
    public bool ShowsBatches => _batch is not null || _dispatch is not null;

    /// <summary>Before the commit, as that may be what puts messages into their queues.</summary>
    public async Task Batch(List<OutgoingOperation> operations, Surroundings around)
    {
        if (!ShowsBatches || operations.Count == 0) return;
        var leaving = await (_batch is null ? Dispatch(operations, around) : Through(_batch, new DispatchContext(ToPublic(operations), around)));
        operations.Clear();
        operations.AddRange(leaving);
    }

    static async Task<IReadOnlyList<OutgoingOperation>> Through<TContext>(Func<TContext, Task> chain, DispatchContext context) where TContext : class
    {
        await chain((TContext)(object)context);
        return context.Leaving;
    }

    Task Dispatch(IReadOnlyCollection<TransportOperation> operations, IBatchDispatchContext batch) =>
        _dispatch is null ? Ready(batch, operations) : _dispatch(((DispatchContext)batch).Inner(operations));

    Task Ready(IBehaviorContext context, IEnumerable<TransportOperation> operations)
    {
        foreach (var operation in operations) ((DispatchContext)context).Leaving.Add(ToInternal(operation));
        return Task.CompletedTask;
    }

    void Address(IRoutingContext context)
    {
        var (message, routed) = (context.Message, context.Extensions.Get<Routed>());
        var properties = context.Extensions.Get<DispatchProperties>();
        foreach (var strategy in context.RoutingStrategies)
        {
            // Each receiver may get headers of its own.
            var headers = context.RoutingStrategies.Count == 1 ? message.Headers : new Dictionary<string, string>(message.Headers, StringComparer.Ordinal);
            var operation = ToInternal(new TransportOperation(new OutgoingMessage(message.MessageId, headers, message.Body), strategy.Apply(headers), properties) { Source = routed.Source });
            _stamp(headers, operation.DueAt);
            routed.Operations.Add(operation);
        }
    }

    static OutgoingMessage MessageOf(OutgoingOperation operation) => new(operation.MessageId, operation.Headers, operation.Body);

    public static RoutingStrategy StrategyOf(Target target) => target switch
    {
        Target.Queue { Address: var address } => new UnicastRoutingStrategy(address),
        Target.Subscribers { Event: var type } => new MulticastRoutingStrategy(type),
        _ => throw new InvalidOperationException($"{target} is no place that a behavior could know."),
    };

    static DispatchProperties PropertiesOf(OutgoingOperation operation)
    {
        var properties = operation.Properties is { } given ? new DispatchProperties(given) : [];
        properties.DoNotDeliverBefore = operation.DueAt is { } due ? new DoNotDeliverBefore(due) : null;
        properties.DiscardIfNotReceivedBefore = operation.ExpiresAfter is { } worth ? new DiscardIfNotReceivedBefore(worth) : null;
        return properties;
    }

    static List<TransportOperation> ToPublic(IEnumerable<OutgoingOperation> operations) =>
        [.. operations.Select(operation => new TransportOperation(MessageOf(operation), StrategyOf(operation.Target).Apply(operation.Headers), PropertiesOf(operation)) { Source = operation })];

    OutgoingOperation ToInternal(TransportOperation operation)
    {
        var (message, properties) = (operation.Message, operation.Properties);
        var target = operation.AddressTag switch
        {
            UnicastAddressTag { Destination: var address } => (Target)new Target.Queue(address),
            MulticastAddressTag { MessageType: var type } => new Target.Subscribers(type),
            var tag => throw new InvalidOperationException($"Message {message.MessageId} is addressed by {tag.GetType().Name}, which no transport here understands. Use a {nameof(UnicastAddressTag)} or a {nameof(MulticastAddressTag)}."),
        };
        var source = operation.Source ?? new OutgoingOperation(message.MessageId, message.Headers, message.Body, target);
        return source with
        {
            MessageId = message.MessageId,
            Headers = message.Headers,
            Body = message.Body,
            Target = target,
            DueAt = DueAt(properties, source.DueAt),
            ExpiresAfter = properties.DiscardIfNotReceivedBefore?.MaxTime,
            Properties = properties.Custom(),
        };
    }

    // As text the point in time lost what is below a microsecond: unless somebody changed it, it stays what it was.
    DateTimeOffset? DueAt(DispatchProperties properties, DateTimeOffset? before) =>
        properties.DelayDeliveryWith is { } delay ? _time.GetUtcNow() + delay.Delay
        : properties.DoNotDeliverBefore is not { } due ? null
        : before is { } exact && WireTime.Write(exact) == WireTime.Write(due.At) ? exact : due.At;

    /// <summary>Where the last step of the routing stage leaves what it made.</summary>
    sealed record Routed(OutgoingOperation? Source)
    {
        public List<OutgoingOperation> Operations { get; } = [];
    }

    sealed class DispatchContext(IReadOnlyCollection<TransportOperation> operations, Surroundings around)
        : StageContext(around.Bag, around.Services, around.Cancellation), IBatchDispatchContext, IDispatchContext
    {
        public List<OutgoingOperation> Leaving { get; private init; } = [];

        public IReadOnlyCollection<TransportOperation> Operations => operations;

        IEnumerable<TransportOperation> IDispatchContext.Operations => operations;

        public DispatchContext Inner(IReadOnlyCollection<TransportOperation> inner) => new(inner, around with { Bag = Extensions }) { Leaving = Leaving };
    }
}

/// <summary>In which surroundings a message leaves.</summary>
sealed record Surroundings(ContextBag? Bag, IServiceProvider Services, CancellationToken Cancellation);
