using System.Diagnostics;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus;

/// <summary>One trace from the sender through every handler.</summary>
static class Tracing
{
    public static Activity? Receive(ReceivedMessage message)
    {
        if (!BusMeter.Activities.HasListeners()) return null;

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
        activity.SetTag("nservicebus.message_id", headers.GetValueOrDefault(Headers.MessageId));
        activity.SetTag("nservicebus.conversation_id", headers.GetValueOrDefault(Headers.ConversationId));
        activity.SetTag("nservicebus.enclosed_message_types", headers.GetValueOrDefault(Headers.EnclosedMessageTypes));
        return activity.Start();
    }
}
