using Dovetail.Bus.Configuration;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Sending;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Pipeline;

namespace Dovetail.Bus.Hosting;

/// <summary>Which events an endpoint receives.</summary>
sealed class Subscriptions
{
    readonly EndpointSettings _settings;
    readonly Behaviors _behaviors;
    readonly ITransport _transport;
    readonly BestPractices _practices;
    readonly Func<ISubscribeContext, Task>? _subscribing;
    readonly Func<IUnsubscribeContext, Task>? _unsubscribing;

    public Subscriptions(EndpointSettings settings, Behaviors behaviors, ITransport transport)
    {
        _settings = settings;
        _behaviors = behaviors;
        _transport = transport;
        _practices = new BestPractices(settings);
        _subscribing = behaviors.Chain<ISubscribeContext>(
            context => transport.Subscribe(settings.Queue, context.EventTypes, context.CancellationToken), (EngineSteps.EnforceSubscribe, Enforce));
        _unsubscribing = behaviors.Chain<IUnsubscribeContext>(
            context => transport.Unsubscribe(settings.Queue, [context.EventType], context.CancellationToken), (EngineSteps.EnforceUnsubscribe, Enforce));
    }

    public Task Subscribe(Type[] events, SubscribeOptions options, CancellationToken cancellation)
    {
        CheckThatItReceives(events[0]);
        if (_subscribing is not null) return Tracing.Subscribe(events, () => _subscribing(new SubscriptionContext(events, options, _behaviors.Services, cancellation)));

        Enforce(events, options, null);
        return Tracing.Subscribe(events, () => _transport.Subscribe(_settings.Queue, events, cancellation));
    }

    public Task Unsubscribe(Type type, UnsubscribeOptions options, CancellationToken cancellation)
    {
        CheckThatItReceives(type);
        if (_unsubscribing is not null) return Tracing.Unsubscribe([type], () => _unsubscribing(new SubscriptionContext([type], options, _behaviors.Services, cancellation)));

        Enforce([type], options, null);
        return Tracing.Unsubscribe([type], () => _transport.Unsubscribe(_settings.Queue, [type], cancellation));
    }

    void CheckThatItReceives(Type type)
    {
        if (_settings.SendOnly) throw new InvalidOperationException($"{_settings.EndpointName} is send-only, and no {type.Name} could reach it. Subscribe in an endpoint that receives.");
    }

    Task Enforce<TContext>(TContext context, Func<TContext, Task> next) where TContext : IBehaviorContext
    {
        var own = (SubscriptionContext)(object)context;
        Enforce(own.EventTypes, own.Options, own.Extensions);
        return next(context);
    }

    void Enforce(Type[] events, ExtendableOptions options, ContextBag? bag)
    {
        foreach (var type in events) _practices.Subscribe(type, options, bag);
    }

    sealed class SubscriptionContext : StageContext, ISubscribeContext, IUnsubscribeContext
    {
        public SubscriptionContext(Type[] events, ExtendableOptions options, IServiceProvider services, CancellationToken cancellation) : base(null, services, cancellation)
        {
            EventTypes = events;
            Options = options;
            Extensions.Set(new OperationProperties(options.Extensions));
        }

        public Type[] EventTypes { get; }

        public Type EventType => EventTypes[0];

        public ExtendableOptions Options { get; }
    }
}
