using System.Diagnostics;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Messages;
using Dovetail.Bus.Mutation;
using Dovetail.Bus.Transport;
using NServiceBus;
using NServiceBus.Extensibility;
using NServiceBus.Pipeline;
using NServiceBus.Serialization;

namespace Dovetail.Bus.Sending;

/// <summary>What a message is sent because of.</summary>
/// <param name="MessageId">Of the message being handled.</param>
/// <param name="Message">The message itself.</param>
/// <param name="SagaId">Of the saga that handles it, if one does.</param>
sealed record Cause(string MessageId, IReadOnlyDictionary<string, string> Headers, object? Message = null, Guid? SagaId = null, string? SagaType = null);

/// <summary>Where a message is sent from.</summary>
/// <param name="Cause">Null from outside a handler.</param>
sealed record Origin(Cause? Cause, IServiceProvider Services, CancellationToken Cancellation);

/// <summary>Turns messages and options into addressed operations with all their headers.</summary>
sealed class OutgoingMessages(EndpointSettings settings, MessageTypes types, IMessageSerializer serializer, MutatorChain mutators, ITransport transport, TimeProvider time)
{
    // One constant for the whole product: the version whose wire format this engine speaks.
    internal const string WireVersion = "10.2.8";

    readonly string _localAddress = transport.Address(settings.Queue);
    readonly string _hostId = settings.Host.Id.ToString("N");

    public Task<OutgoingOperation> Send(object message, SendOptions options, Origin origin) =>
        Tracing.Send((Sender: this, message, options, origin), static with => with.Sender.MakeSend(with.message, with.options, with.origin));

    Task<OutgoingOperation> MakeSend(object message, SendOptions options, Origin origin)
    {
        var cause = origin.Cause;
        var type = MessageProxies.ContractOf(message);
        if (Enforces(options) && settings.Conventions.IsEventType(type))
            throw new InvalidOperationException($"{type.FullName} is an event: publish it, as the sender of a fact does not choose who hears it.");

        var due = options.DeliverAt ?? (options.Delay is { } delay ? time.GetUtcNow() + delay : null);
        var headers = Begin(options, MessageIntent.Send, options.StartsNewTrace ?? false, due is not null, cause);
        Converse(message, headers, options, cause);
        return Complete(message, headers, new Target.Queue(DestinationOf(type, options)), due, origin, options.ReplyRoute);
    }

    public Task<OutgoingOperation> Publish(object message, PublishOptions options, Origin origin) =>
        Tracing.Publish((Sender: this, message, options, origin), static with => with.Sender.MakePublish(with.message, with.options, with.origin));

    Task<OutgoingOperation> MakePublish(object message, PublishOptions options, Origin origin)
    {
        var cause = origin.Cause;
        var type = MessageProxies.ContractOf(message);
        if (Enforces(options) && settings.Conventions.IsCommandType(type))
            throw new InvalidOperationException($"{type.FullName} is a command: send it, as an order has one receiver.");

        var headers = Begin(options, MessageIntent.Publish, options.StartsNewTrace ?? true, delayed: false, cause);
        Converse(message, headers, null, cause);
        return Complete(message, headers, new Target.Subscribers(type), null, origin, null);
    }

    public Task<OutgoingOperation> Reply(object message, ReplyOptions options, Origin origin) =>
        Tracing.Reply((Sender: this, message, options, origin), static with => with.Sender.MakeReply(with.message, with.options, with.origin));

    Task<OutgoingOperation> MakeReply(object message, ReplyOptions options, Origin origin)
    {
        var cause = origin.Cause!;
        var type = MessageProxies.ContractOf(message);
        if (Enforces(options) && (settings.Conventions.IsCommandType(type) || settings.Conventions.IsEventType(type)))
            throw new InvalidOperationException($"{type.FullName} is a command or an event and can't be a reply. Reply with a message that is neither.");
        var destination = options.Destination ?? cause.Headers.GetValueOrDefault(Headers.ReplyToAddress);
        if (string.IsNullOrEmpty(destination))
            throw new InvalidOperationException($"Message {cause.MessageId} has no header '{Headers.ReplyToAddress}', so there is nobody to reply to. Send to a named endpoint instead.");

        var headers = Begin(options, MessageIntent.Reply, startsNewTrace: null, delayed: false, cause);
        Converse(message, headers, null, cause);
        var answersOriginator = options.GetExtensions().TryGet<AnswerToOriginator>(out var originator);
        if (answersOriginator)
        {
            if (originator!.OriginalMessageId is { } original) headers[Headers.CorrelationId] = original;
        }
        else
        {
            Copy(cause.Headers, Headers.OriginatingSagaId, headers, Headers.SagaId);
            Copy(cause.Headers, Headers.OriginatingSagaType, headers, Headers.SagaType);
        }
        return Complete(message, headers, new Target.Queue(destination), null, origin, options.ReplyRoute);
    }

    /// <summary>What every dispatched message carries, added only where it is missing; the trace is that of the moment.</summary>
    public void Stamp(Dictionary<string, string> headers, DateTimeOffset? due)
    {
        headers.TryAdd(Headers.NServiceBusVersion, WireVersion);
        headers.TryAdd(Headers.TimeSent, WireTime.Write(time.GetUtcNow()));
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
        var headers = new Dictionary<string, string>(options.Headers, StringComparer.Ordinal)
        {
            [Headers.MessageId] = options.MessageId ?? CombGuid.New(time.GetUtcNow()).ToString(),
        };
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

    async Task<OutgoingOperation> Complete(object message, Dictionary<string, string> headers, Target target, DateTimeOffset? due, Origin origin, ReplyRoute? replyRoute)
    {
        var cause = origin.Cause;
        if (cause?.SagaId is { } sagaId)
        {
            headers[Headers.OriginatingSagaId] = sagaId.ToString();
            headers[Headers.OriginatingSagaType] = cause.SagaType!;
        }
        if (ReplyAddress(replyRoute) is { } address) headers[Headers.ReplyToAddress] = address;
        headers[Headers.OriginatingMachine] = settings.Host.Machine;
        headers[Headers.OriginatingEndpoint] = settings.EndpointName;
        headers[Headers.OriginatingHostId] = _hostId;
        message = await mutators.OutgoingMessage(message, headers, cause, origin.Services, origin.Cancellation);
        var type = MessageProxies.ContractOf(message);
        headers[Headers.ContentType] = serializer.ContentType;
        headers[Headers.EnclosedMessageTypes] = types.Enclosed(type);
        var expires = WorthOf(type);
        if (expires is { } worth)
        {
            if (due is not null) throw new InvalidOperationException($"{type.FullName} is worth receiving for {worth} only and can't be delayed. Drop the delay, or the time to be received.");
            headers[Headers.TimeToBeReceived] = worth.ToString();
        }
        foreach (var (key, value) in settings.StaticHeaders) headers[key] = value;
        var body = await mutators.OutgoingBody(serializer.Serialize(message), message, headers, cause, origin.Services, origin.Cancellation);
        Stamp(headers, due);
        return new OutgoingOperation(headers[Headers.MessageId], headers, body, target, due, expires);
    }

    string DestinationOf(Type type, SendOptions options) => options.Destination switch
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

    TimeSpan? WorthOf(Type type)
    {
        var worth = settings.Conventions.TimeToBeReceived?.Invoke(type)
            ?? (Attribute.GetCustomAttribute(type, typeof(TimeToBeReceivedAttribute)) as TimeToBeReceivedAttribute)?.TimeToBeReceived ?? TimeSpan.MaxValue;
        return worth <= TimeSpan.Zero ? throw new InvalidOperationException($"{type.FullName} would be worth receiving for {worth}. Give a time above zero, or TimeSpan.MaxValue for ever.")
            : worth == TimeSpan.MaxValue ? null : worth;
    }

    string InstanceAddress => settings.Discriminator is { } discriminator
        ? transport.Address(transport.InstanceQueue(settings.Queue, discriminator))
        : throw new InvalidOperationException($"This instance of {settings.EndpointName} has no queue of its own. Call MakeInstanceUniquelyAddressable on its configuration.");

    string? ReplyAddress(ReplyRoute? route) => route switch
    {
        ReplyRoute.Address { Queue: var queue } => transport.Address(queue),
        ReplyRoute.ThisInstance => InstanceAddress,
        _ when settings.PublicReturnAddress is { } address => address,
        _ => settings.SendOnly ? null : _localAddress,
    };

    string NewConversation(object message, Dictionary<string, string> headers) =>
        settings.ConversationStrategy?.Invoke(new ConversationIdStrategyContext(new OutgoingLogicalMessage(MessageProxies.ContractOf(message), message), headers)).Value ?? CombGuid.New(time.GetUtcNow()).ToString();

    bool Enforces(ExtendableOptions options) => settings.Routing.EnforcesBestPractices && !options.IgnoresBestPractices;

    static void Copy(IReadOnlyDictionary<string, string> from, string fromKey, Dictionary<string, string> to, string toKey)
    {
        if (from.GetValueOrDefault(fromKey) is { Length: > 0 } value) to[toKey] = value;
    }
}
