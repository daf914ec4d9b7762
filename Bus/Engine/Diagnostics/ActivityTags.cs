using System.Collections.Frozen;
using System.Diagnostics;
using NServiceBus;

namespace Dovetail.Bus;

/// <summary>The headers of a message as tags of its activity.</summary>
static class ActivityTags
{
    static readonly FrozenDictionary<string, string> ByHeader = new Dictionary<string, string>
    {
        [Headers.MessageId] = "message_id",
        [Headers.CorrelationId] = "correlation_id",
        [Headers.ConversationId] = "conversation_id",
        [Headers.PreviousConversationId] = "previous_conversation_id",
        [Headers.RelatedTo] = "related_to",
        [Headers.MessageIntent] = "message_intent",
        [Headers.ReplyToAddress] = "reply_to_address",
        [Headers.NServiceBusVersion] = "version",
        [Headers.ContentType] = "content_type",
        [Headers.EnclosedMessageTypes] = "enclosed_message_types",
        [Headers.TimeToBeReceived] = "time_to_be_received",
        [Headers.OriginatingEndpoint] = "originating_endpoint",
        [Headers.OriginatingMachine] = "originating_machine",
        [Headers.OriginatingHostId] = "originating_host_id",
        [Headers.OriginatingSagaId] = "originating_saga_id",
        [Headers.OriginatingSagaType] = "originating_saga_type",
        [Headers.SagaId] = "saga.saga_id",
        [Headers.SagaType] = "saga.saga_type",
        [Headers.IsSagaTimeoutMessage] = "saga.is_timeout",
        [Headers.DelayedRetries] = "delayed_retries",
        [Headers.DelayedRetriesTimestamp] = "delayed_retries_timestamp",
        [Headers.DeliverAt] = "deliver_at",
        [Headers.ProcessingEndpoint] = "processing_endpoint",
        [Headers.ProcessingMachine] = "processing_machine",
        [Headers.HostId] = "host.host_id",
        [Headers.HostDisplayName] = "host.display_name",
        [Headers.ControlMessageHeader] = "control_message",
        ["NServiceBus.NonDurableMessage"] = "non_durable",
    }.ToFrozenDictionary(entry => entry.Key, entry => $"nservicebus.{entry.Value}", StringComparer.Ordinal);

    public static void Describe(Activity activity, Dictionary<string, string> headers)
    {
        foreach (var (header, value) in headers)
        {
            if (ByHeader.TryGetValue(header, out var tag)) activity.SetTag(tag, value);
        }
    }
}
