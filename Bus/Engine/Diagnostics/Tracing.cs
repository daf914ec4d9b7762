using System.Diagnostics;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus;

/// <summary>One trace from the sender through every handler, under the names that NServiceBus gives its parts.</summary>
static class Tracing
{
    /// <summary>False while nobody listens: then nothing is begun, and nothing costs.</summary>
    public static bool IsOn => BusMeter.Activities.HasListeners();

    public static Activity? Receive(ReceivedMessage message)
    {
        if (!IsOn) return null;

        var headers = message.Headers;
        var hasSender = ActivityContext.TryParse(headers.GetValueOrDefault(Headers.DiagnosticsTraceParent), headers.GetValueOrDefault(Headers.DiagnosticsTraceState), isRemote: true, out var sender);
        var activity = hasSender && headers.GetValueOrDefault(Headers.StartNewTrace) != bool.TrueString
            ? BusMeter.Activities.CreateActivity("NServiceBus.Diagnostics.ReceiveMessage", ActivityKind.Consumer, sender)
            : BusMeter.Activities.CreateActivity("NServiceBus.Diagnostics.ReceiveMessage", ActivityKind.Consumer, parentContext: default, links: hasSender ? [new ActivityLink(sender)] : null);
        if (activity is null) return null;

        activity.DisplayName = "process message";
        foreach (var item in (headers.GetValueOrDefault(Headers.DiagnosticsBaggage) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Reverse())
        {
            if (item.Split('=', 2) is [var key, var value]) activity.AddBaggage(key, Uri.UnescapeDataString(value));
        }
        activity.SetTag("nservicebus.native_message_id", message.NativeId);
        ActivityTags.Describe(activity, headers);
        return activity.Start();
    }

    /// <summary>Only within the trace of a message.</summary>
    public static Activity? Handle(Type handler)
    {
        if (!IsOn || Activity.Current is null) return null;
        var activity = BusMeter.Activities.StartActivity("NServiceBus.Diagnostics.InvokeHandler");
        if (activity is null) return null;
        activity.DisplayName = handler.Name;
        activity.SetTag("nservicebus.handler.handler_type", handler.FullName);
        return activity;
    }

    /// <param name="make">Makes the message and lets it go; gives back its headers.</param>
    public static Task Send<TWith>(TWith with, Func<TWith, ValueTask<Dictionary<string, string>>> make) => Make("NServiceBus.Diagnostics.SendMessage", "send message", with, make);

    public static Task Reply<TWith>(TWith with, Func<TWith, ValueTask<Dictionary<string, string>>> make) => Make("NServiceBus.Diagnostics.SendMessage", "reply", with, make);

    public static Task Publish<TWith>(TWith with, Func<TWith, ValueTask<Dictionary<string, string>>> make) => Make("NServiceBus.Diagnostics.PublishMessage", "publish event", with, make);

    public static Task Subscribe(IEnumerable<Type> events, Func<Task> subscribe) => Change("NServiceBus.Diagnostics.Subscribe", "subscribe event", events, subscribe);

    public static Task Unsubscribe(IEnumerable<Type> events, Func<Task> unsubscribe) => Change("NServiceBus.Diagnostics.Unsubscribe", "unsubscribe event", events, unsubscribe);

    public static void Dispatches(this Activity activity, int messages) =>
        activity.AddEvent(new ActivityEvent("Start dispatching", tags: new ActivityTagsCollection { ["message-count"] = messages }));

    public static void HasDispatched(this Activity activity) => activity.AddEvent(new ActivityEvent("Finished dispatching"));

    public static void Failed(this Activity activity, Exception failure)
    {
        activity.SetStatus(ActivityStatusCode.Error, failure.Message);
        activity.SetTag("otel.status_code", "ERROR");
        activity.SetTag("otel.status_description", failure.Message);
        activity.AddEvent(new ActivityEvent("exception", tags: new ActivityTagsCollection
        {
            ["exception.escaped"] = true,
            ["exception.type"] = failure.GetType().FullName,
            ["exception.message"] = failure.Message,
            ["exception.stacktrace"] = failure.ToString(),
        }));
        if (failure is OperationCanceledException) activity.SetTag("nservicebus.cancelled", true);
    }

    static Task Make<TWith>(string name, string displayName, TWith with, Func<TWith, ValueTask<Dictionary<string, string>>> make) => IsOn ? Traced(name, displayName, with, make) : Untraced(make(with));

    static Task Untraced(ValueTask<Dictionary<string, string>> made) => made.IsCompletedSuccessfully ? Task.CompletedTask : made.AsTask();

    static async Task Traced<TWith>(string name, string displayName, TWith with, Func<TWith, ValueTask<Dictionary<string, string>>> make)
    {
        using var activity = BusMeter.Activities.StartActivity(name, ActivityKind.Producer);
        try
        {
            var headers = await make(with);
            if (activity is null) return;
            activity.DisplayName = displayName;
            ActivityTags.Describe(activity, headers);
            activity.SetStatus(ActivityStatusCode.Ok);
        }
        catch (Exception failure)
        {
            activity?.Failed(failure);
            throw;
        }
    }

    static async Task Change(string name, string displayName, IEnumerable<Type> events, Func<Task> change)
    {
        using var activity = BusMeter.Activities.StartActivity(name, ActivityKind.Producer);
        try
        {
            await change();
            if (activity is null) return;
            activity.DisplayName = displayName;
            activity.SetTag("nservicebus.event_types", string.Join(';', events.Select(type => type.FullName)));
            activity.SetStatus(ActivityStatusCode.Ok);
        }
        catch (Exception failure)
        {
            activity?.Failed(failure);
            throw;
        }
    }
}
