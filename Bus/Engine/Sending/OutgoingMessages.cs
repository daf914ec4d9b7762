using System.Collections.Concurrent;
using System.Diagnostics;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Mutation;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Platform;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Pipeline;
using NServiceBus.Serialization;

namespace Dovetail.Bus.Sending;

/// <summary>Turns messages and options into addressed operations with all their headers, and lets them go.</summary>
sealed class OutgoingMessages
{
    // One constant for the whole product: the version whose wire format this engine speaks.
    internal const string WireVersion = "10.2.8";

    // What the engine and its surroundings add, a few static ones and the trace included: a dictionary that grows is paid for several times.
    const int UsualHeaders = 20;

    readonly EndpointSettings _settings;
    readonly MessageTypes _types;
    readonly IMessageSerializer _serializer;
    readonly MutatorChain _mutators;
    readonly TimeProvider _time;
    readonly Destinations _destinations;
    readonly BestPractices _practices;
    readonly string _hostId;
    readonly ConcurrentDictionary<Type, TimeSpan> _worths = new();
    readonly Func<IOutgoingSendContext, Task>? _sending;
    readonly Func<IOutgoingPublishContext, Task>? _publishing;
    readonly Func<IOutgoingReplyContext, Task>? _replying;
    readonly Func<IOutgoingLogicalMessageContext, Task>? _logical;
    readonly Func<IOutgoingPhysicalMessageContext, Task>? _physical;

    public OutgoingMessages(EndpointSettings settings, MessageTypes types, IMessageSerializer serializer, MutatorChain mutators, Behaviors behaviors, ITransport transport, TimeProvider time)
    {
        _settings = settings;
        _types = types;
        _serializer = serializer;
        _mutators = mutators;
        _time = time;
        _destinations = new Destinations(settings, transport);
        _practices = new BestPractices(settings);
        _hostId = settings.Host.Id.ToString("N");
        Departures = new Departures(behaviors, transport, time, Stamp);
        _sending = behaviors.Chain<IOutgoingSendContext>(context => RouteSend(OutgoingContext.Of(context)), (EngineSteps.EnforceSend, First<IOutgoingSendContext>(_practices.Send)));
        _publishing = behaviors.Chain<IOutgoingPublishContext>(context => RoutePublish(OutgoingContext.Of(context)), (EngineSteps.EnforcePublish, First<IOutgoingPublishContext>(_practices.Publish)));
        _replying = behaviors.Chain<IOutgoingReplyContext>(context => RouteReply(OutgoingContext.Of(context)), (EngineSteps.EnforceReply, First<IOutgoingReplyContext>(_practices.Reply)));
        _logical = behaviors.Chain<IOutgoingLogicalMessageContext>(
            context => Write(OutgoingContext.Of(context), context.ShouldSkipSerialization()), (EngineSteps.MutateOutgoing, First<IOutgoingLogicalMessageContext>(Mutate)));
        _physical = behaviors.Chain<IOutgoingPhysicalMessageContext>(context => Leave(OutgoingContext.Of(context)), (EngineSteps.MutateOutgoingBody, First<IOutgoingPhysicalMessageContext>(MutateBody)));
    }

    /// <summary>The last stages, which whatever leaves passes.</summary>
    public Departures Departures { get; }

    public Task Send(object message, SendOptions options, Origin origin) =>
        Tracing.Send((Sender: this, message, options, origin), static with => with.Sender.MakeSend(with.message, with.options, with.origin));

    async ValueTask<Dictionary<string, string>> MakeSend(object message, SendOptions options, Origin origin)
    {
        var due = options.DeliverAt ?? (options.Delay ?? options.DispatchProperties?.DelayDeliveryWith?.Delay) switch
        {
            { } delay => _time.GetUtcNow() + delay,
            null => options.DispatchProperties?.DoNotDeliverBefore?.At,
        };
        var headers = Begin(options, MessageIntent.Send, options.StartsNewTrace ?? false, due is not null, origin.Cause);
        Converse(message, headers, options, origin.Cause);
        var departure = new Departure(message, MessageProxies.ContractOf(message), options, headers, origin) { Due = due, ReplyRoute = options.ReplyRoute };
        if (_sending is not null)
        {
            await _sending(new OutgoingSendContext(departure, this));
            return headers;
        }
        _practices.Send(departure);
        await RouteSend(departure);
        return headers;
    }

    public Task Publish(object message, PublishOptions options, Origin origin) =>
        Tracing.Publish((Sender: this, message, options, origin), static with => with.Sender.MakePublish(with.message, with.options, with.origin));

    async ValueTask<Dictionary<string, string>> MakePublish(object message, PublishOptions options, Origin origin)
    {
        var headers = Begin(options, MessageIntent.Publish, options.StartsNewTrace ?? true, delayed: false, origin.Cause);
        Converse(message, headers, null, origin.Cause);
        var departure = new Departure(message, MessageProxies.ContractOf(message), options, headers, origin);
        if (_publishing is not null)
        {
            await _publishing(new OutgoingPublishContext(departure, this));
            return headers;
        }
        _practices.Publish(departure);
        await RoutePublish(departure);
        return headers;
    }

    public Task Reply(object message, ReplyOptions options, Origin origin) =>
        Tracing.Reply((Sender: this, message, options, origin), static with => with.Sender.MakeReply(with.message, with.options, with.origin));

    async ValueTask<Dictionary<string, string>> MakeReply(object message, ReplyOptions options, Origin origin)
    {
        var cause = origin.Cause!;
        var headers = Begin(options, MessageIntent.Reply, startsNewTrace: null, delayed: false, cause);
        Converse(message, headers, null, cause);
        if (options.GetExtensions().TryGet<AnswerToOriginator>(out var originator))
        {
            if (originator.OriginalMessageId is { } original) headers[Headers.CorrelationId] = original;
        }
        else
        {
            Copy(cause.Headers, Headers.OriginatingSagaId, headers, Headers.SagaId);
            Copy(cause.Headers, Headers.OriginatingSagaType, headers, Headers.SagaType);
        }
        var departure = new Departure(message, MessageProxies.ContractOf(message), options, headers, origin) { ReplyRoute = options.ReplyRoute };
        if (_replying is not null)
        {
            await _replying(new OutgoingReplyContext(departure, this));
            return headers;
        }
        _practices.Reply(departure);
        await RouteReply(departure);
        return headers;
    }

    /// <summary>What every dispatched message carries, added only where it is missing; the trace is that of the moment.</summary>
    public void Stamp(Dictionary<string, string> headers, DateTimeOffset? due)
    {
        headers.TryAdd(Headers.NServiceBusVersion, WireVersion);
        headers.TryAdd(Headers.TimeSent, WireTime.Write(_time.GetUtcNow()));
        if (due is { } at) headers.TryAdd(Headers.DeliverAt, WireTime.Write(at));
        if (Activity.Current is not { IdFormat: ActivityIdFormat.W3C } activity) return;
        headers.Remove(Headers.DiagnosticsTraceState);
        headers.Remove(Headers.DiagnosticsBaggage);
        headers[Headers.DiagnosticsTraceParent] = activity.Id!;
        if (activity.TraceStateString is { Length: > 0 } state) headers[Headers.DiagnosticsTraceState] = state;
        var baggage = string.Join(',', activity.Baggage.Select(item => $"{item.Key}={Uri.EscapeDataString(item.Value ?? "")}"));
        if (baggage.Length > 0) headers[Headers.DiagnosticsBaggage] = baggage;
    }

    Dictionary<string, string> Begin(ExtendableOptions options, MessageIntent intent, bool? startsNewTrace, bool delayed, Cause? cause)
    {
        var headers = new Dictionary<string, string>(UsualHeaders + options.Headers.Count, StringComparer.Ordinal);
        foreach (var (name, value) in options.Headers) headers[name] = value;
        headers[Headers.MessageId] = options.MessageId ?? CombGuid.New(_time.GetUtcNow()).ToString();
        // A delayed message never extends the sender's trace, which ended long ago.
        if (startsNewTrace is { } starts) headers[Headers.StartNewTrace] = (starts || (delayed && Activity.Current is not null)).ToString();
        headers[Headers.MessageIntent] = intent.ToString();
        if (cause is not null) headers[Headers.RelatedTo] = cause.MessageId;
        return headers;
    }

    void Converse(object message, Dictionary<string, string> headers, SendOptions? options, Cause? cause)
    {
        var current = cause?.Headers.GetValueOrDefault(Headers.ConversationId);
        var chosen = headers.ContainsKey(Headers.ConversationId);
        if (chosen && (current is not null || options?.StartsNewConversation == true))
        {
            throw new InvalidOperationException(
                $"Header '{Headers.ConversationId}' can't be set here: the message belongs to the conversation of the one being handled. Use StartNewConversation to leave it.");
        }
        if (options?.StartsNewConversation == true)
        {
            headers[Headers.ConversationId] = options.NewConversation ?? NewConversation(message, headers);
            if (current is not null) headers[Headers.PreviousConversationId] = current;
        }
        else if (!chosen)
        {
            headers[Headers.ConversationId] = current ?? NewConversation(message, headers);
        }

        headers[Headers.CorrelationId] = cause?.Headers.GetValueOrDefault(Headers.CorrelationId) is { Length: > 0 } correlation
            ? correlation
            : cause?.MessageId ?? headers[Headers.MessageId];
    }

    Task RouteSend(Departure departure) => GoTo(new Target.Queue(_destinations.Of(departure.Type, (SendOptions)departure.Options)), departure);

    Task RoutePublish(Departure departure) => GoTo(new Target.Subscribers(departure.Type), departure);

    Task RouteReply(Departure departure)
    {
        var cause = departure.Origin.Cause!;
        var destination = ((ReplyOptions)departure.Options).Destination ?? cause.Headers.GetValueOrDefault(Headers.ReplyToAddress);
        if (string.IsNullOrEmpty(destination))
            throw new InvalidOperationException($"Message {cause.MessageId} has no header '{Headers.ReplyToAddress}', so there is nobody to reply to. Send to a named endpoint instead.");
        return GoTo(new Target.Queue(destination), departure);
    }

    async Task GoTo(Target target, Departure departure)
    {
        var headers = departure.Headers;
        if (_settings.Platform.Metrics.InstanceId is { } instance) headers[MetricSettings.InstanceHeader] = instance;
        if (departure.Origin.Cause is { SagaId: { } sagaId, SagaType: var sagaType })
        {
            headers[Headers.OriginatingSagaId] = sagaId.ToString();
            headers[Headers.OriginatingSagaType] = sagaType!;
        }
        if (_destinations.OfReplies(departure.ReplyRoute) is { } address) headers[Headers.ReplyToAddress] = address;
        headers[Headers.OriginatingMachine] = _settings.Host.Machine;
        headers[Headers.OriginatingEndpoint] = _settings.EndpointName;
        headers[Headers.OriginatingHostId] = _hostId;
        departure.Target = target;
        if (_logical is not null)
        {
            await _logical(new OutgoingLogicalMessageContext(departure, this));
            return;
        }
        await Mutate(departure);
        await Write(departure, withoutBody: false);
    }

    async Task Mutate(Departure departure)
    {
        var origin = departure.Origin;
        departure.Message = await _mutators.OutgoingMessage(departure.Message, departure.Headers, origin.Cause, origin.Services, origin.Cancellation);
    }

    async Task Write(Departure departure, bool withoutBody)
    {
        var (headers, type) = (departure.Headers, MessageProxies.ContractOf(departure.Message));
        if (!withoutBody)
        {
            headers[Headers.ContentType] = _serializer.ContentType;
            headers[Headers.EnclosedMessageTypes] = _types.Enclosed(type);
        }
        departure.Worth = departure.Options.DispatchProperties?.DiscardIfNotReceivedBefore?.MaxTime ?? WorthOf(type);
        if (departure.Worth is { } worth)
        {
            if (departure.Due is not null) throw new InvalidOperationException($"{type.FullName} is worth receiving for {worth} only and can't be delayed. Drop the delay, or the time to be received.");
            headers[Headers.TimeToBeReceived] = worth.ToString();
        }
        foreach (var (key, value) in _settings.StaticHeaders) headers[key] = value;
        if (!withoutBody) departure.Body = _serializer.Serialize(departure.Message);
        if (_physical is not null)
        {
            await _physical(new OutgoingPhysicalMessageContext(departure, this));
            return;
        }
        await MutateBody(departure);
        await Leave(departure);
    }

    async Task MutateBody(Departure departure)
    {
        var origin = departure.Origin;
        departure.Body = await _mutators.OutgoingBody(departure.Body, departure.Message, departure.Headers, origin.Cause, origin.Services, origin.Cancellation);
    }

    async Task Leave(Departure departure)
    {
        var (origin, headers) = (departure.Origin, departure.Headers);
        var around = new Surroundings(departure.Bag, origin.Services, origin.Cancellation);
        var operation = new OutgoingOperation(
            headers[Headers.MessageId], headers, departure.Body, departure.Target, departure.Due, departure.Worth, Properties: departure.Options.DispatchProperties?.Custom());
        origin.Cause?.Trail?.Sent(MessageProxies.ContractOf(departure.Message), departure.Options, departure.Target, headers, _time.GetUtcNow());
        var leaving = await Departures.Route(operation, departure.Options.Extensions, around);
        if (origin.Gather is null || departure.Options.DispatchImmediately) await Departures.Send(leaving, around);
        else for (var place = 0; place < leaving.Count; place++) origin.Gather(leaving[place]);
    }

    /// <summary>A step of the engine's within a chain: it does its part, and the message goes on.</summary>
    static Func<TContext, Func<TContext, Task>, Task> First<TContext>(Func<Departure, Task> step) where TContext : IOutgoingContext => async (context, next) =>
    {
        await step(OutgoingContext.Of(context));
        await next(context);
    };

    static Func<TContext, Func<TContext, Task>, Task> First<TContext>(Action<Departure> step) where TContext : IOutgoingContext => (context, next) =>
    {
        step(OutgoingContext.Of(context));
        return next(context);
    };

    TimeSpan? WorthOf(Type type)
    {
        var worth = _settings.Conventions.TimeToBeReceived?.Invoke(type) ?? _worths.GetOrAdd(type, static type =>
            (Attribute.GetCustomAttribute(type, typeof(TimeToBeReceivedAttribute)) as TimeToBeReceivedAttribute)?.TimeToBeReceived ?? TimeSpan.MaxValue);
        return worth <= TimeSpan.Zero ? throw new InvalidOperationException($"{type.FullName} would be worth receiving for {worth}. Give a time above zero, or TimeSpan.MaxValue for ever.")
            : worth == TimeSpan.MaxValue ? null : worth;
    }

    string NewConversation(object message, Dictionary<string, string> headers) =>
        _settings.ConversationStrategy?.Invoke(new ConversationIdStrategyContext(new OutgoingLogicalMessage(MessageProxies.ContractOf(message), message), headers)).Value ?? CombGuid.New(_time.GetUtcNow()).ToString();

    static void Copy(IReadOnlyDictionary<string, string> from, string fromKey, Dictionary<string, string> to, string toKey)
    {
        if (from.GetValueOrDefault(fromKey) is { Length: > 0 } value) to[toKey] = value;
    }
}
