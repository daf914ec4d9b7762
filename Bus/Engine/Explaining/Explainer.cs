using System.Globalization;
using System.Reflection;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Handlers;
using Dovetail.Bus.Pipeline;
using Dovetail.Bus.Sagas;
using NServiceBus;

namespace Dovetail.Bus.Explaining;

/// <summary>Puts an endpoint's settings into words.</summary>
static class Explainer
{
    public static EndpointExplanation Explain(EndpointSettings settings)
    {
        var methods = new HandlerCatalog(settings.Handlers, settings.Sagas).All.ToList();
        return new EndpointExplanation(settings.EndpointName, Queues(settings), [.. Handled(settings, methods)], [.. Routes(settings.Routing)], [.. Subscriptions(settings, methods).Select(NameOf)], [.. Policies(settings)]);
    }

    /// <summary>The events that the endpoint subscribes to by itself.</summary>
    public static IEnumerable<Type> Subscriptions(EndpointSettings settings, IEnumerable<HandlerMethod> methods) => settings.SendOnly ? []
        : methods.Where(method => method.Saga is null || settings.SubscribesSagas).Select(method => method.MessageType).Distinct().Where(settings.Conventions.IsEventType).Except(settings.NotSubscribed);

    static List<string> Queues(EndpointSettings settings) => settings switch
    {
        { SendOnly: true } => [],
        { Discriminator: { } own } => [settings.Queue, $"its own as instance '{own}'"],
        _ => [settings.Queue],
    };

    static IEnumerable<HandledMessage> Handled(EndpointSettings settings, List<HandlerMethod> methods) => methods
        .GroupBy(method => (method.MessageType, method.IsTimeout))
        .Select(group => new HandledMessage(NameOf(group.Key.MessageType), group.Key.IsTimeout ? "timeout" : KindOf(group.Key.MessageType, settings), [.. group.Select(Told)]));

    static string Told(HandlerMethod method) => method.Saga switch
    {
        null => NameOf(method.HandlerType),
        var saga when saga.StartedBy.Contains(method.MessageType) => $"saga {saga.Name}, which it may start",
        var saga => $"saga {saga.Name}",
    };

    static string KindOf(Type type, EndpointSettings settings) => settings.Conventions.IsCommandType(type) ? "command" : settings.Conventions.IsEventType(type) ? "event" : "message";

    static IEnumerable<KeyValuePair<string, string>> Routes(RoutingTable routing) =>
        routing.ByType.Select(route => KeyValuePair.Create(NameOf(route.Key), route.Value))
            .Concat(routing.ByNamespace.Select(route => KeyValuePair.Create($"other messages of namespace {AsWritten(route.Key)}", route.Value)))
            .Concat(routing.ByAssembly.Select(route => KeyValuePair.Create($"other messages of assembly {route.Key.GetName().Name}", route.Value)))
            .OrderBy(route => route.Key, StringComparer.Ordinal);

    // Namespaces are compared without regard to case; people know them as they are written.
    static string AsWritten((Assembly Assembly, string UpperNamespace) route) =>
        route.Assembly.GetTypes().FirstOrDefault(type => string.Equals(type.Namespace, route.UpperNamespace, StringComparison.OrdinalIgnoreCase))?.Namespace ?? route.UpperNamespace;

    static IEnumerable<KeyValuePair<string, string>> Policies(EndpointSettings settings)
    {
        yield return new("transport", settings.Transport?.Describe() ?? "none yet: call UseTransport(...)");
        yield return new("store", settings.Persistence?.Describe() ?? "none yet: call UsePersistence<...>()");
        foreach (var saga in settings.Sagas) yield return new("saga", $"{saga.Name}, {Found(saga)}");
        yield return new("outbox", settings.Outbox.Enabled
            ? $"copies of handled messages are recognized for {Told(settings.Outbox.KeepFor)}"
            : "off: where store and queues share a database one commit does; elsewhere a copy is handled again");
        if (!settings.SendOnly)
        {
            yield return new("at a time", settings.Concurrency == 1 ? "one message" : string.Create(CultureInfo.InvariantCulture, $"{settings.Concurrency} messages"));
            yield return new("on failure", Told(settings.Retries, settings.ErrorQueue));
            yield return new("audit", settings.AuditQueue is { } audit ? $"a copy of each handled message to {audit}{(settings.AuditTimeToBeReceived is { } worth ? $", for {Told(worth)}" : "")}" : "none");
            yield return new("watchdog", $"warns of handlers after {Told(settings.Watch.LongHandler)}, replaces a silent receiver after {Told(settings.Watch.Silence)}");
        }
        var plan = new StepPlan(settings);
        foreach (var stage in EngineSteps.Stages.Where(stage => plan.Of(stage).Count > 0))
            yield return new("behaviors", $"{string.Join(", ", plan.Of(stage).Where(place => place.Behavior is not null).Select(place => place.Id))} around {stage.Name}");
        if (settings.Platform.Heartbeats is { } beats) yield return new("heartbeats", $"every {Told(beats.Every)} to {beats.Queue}");
        if (settings.Platform.SagaAudit is { } changes) yield return new("saga audit", $"each change to {changes.Queue}");
        if (settings is { SendOnly: false, Platform.Metrics: { Queue: { } metrics, Interval: var interval } }) yield return new("metrics", $"every {Told(interval)} to {metrics}");
        if (settings.CustomChecks.Queue is { } checks) yield return new("checks", $"{string.Join(", ", settings.CustomChecks.Types.Select(type => type.Name))} report to {checks}");
    }

    static string Found(SagaDefinition saga) => saga.Correlation is { } correlation ? $"one instance for each {correlation.Name}" : "found by its id or by finders";

    static string Told(RetryPolicySettings retries, string errorQueue)
    {
        var rounds = Enumerable.Range(1, retries.Delayed).Select(round => Told(retries.TimeIncrease * round)).ToList();
        var unrecoverable = retries.Unrecoverable.Select(type => type.Name).Order(StringComparer.Ordinal);
        return string.Create(CultureInfo.InvariantCulture,
            $"{retries.Immediate} retries at once{(rounds.Count == 0 ? "" : $", and again after {string.Join(", then ", rounds)}")}; then to {errorQueue}. Straight there: {string.Join(", ", unrecoverable)}{(retries.Policy == DefaultRecoverabilityPolicy.Invoke ? "" : ". A policy of the endpoint's own may decide otherwise")}");
    }

    static string Told(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time:c}");

    static string NameOf(Type type)
    {
        var name = type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>" : type.Name;
        return type.IsNested ? $"{type.DeclaringType!.Name}.{name}" : name;
    }
}
