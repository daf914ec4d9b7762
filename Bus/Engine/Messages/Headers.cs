namespace NServiceBus;

/// <summary>Header names on the wire. Times are written by the wire format <c>yyyy-MM-dd HH:mm:ss:ffffff Z</c>.</summary>
public static class Headers
{
    /// <summary>How the body is written.</summary>
    public const string ContentType = "NServiceBus.ContentType";

    /// <summary>"True" on a message without a body that steers the bus itself.</summary>
    public const string ControlMessageHeader = "NServiceBus.ControlMessage";

    /// <summary>Shared by all messages that one message led to.</summary>
    public const string ConversationId = "NServiceBus.ConversationId";

    /// <summary>Flows unchanged through a chain of messages.</summary>
    public const string CorrelationId = "NServiceBus.CorrelationId";

    /// <summary>How a claimed property is written.</summary>
    public const string DataBusConfigContentType = "NServiceBus.DataBusConfig.ContentType";

    /// <summary>How many delayed retries there were.</summary>
    public const string DelayedRetries = "NServiceBus.Retries";

    /// <summary>When the last delayed retry was asked for.</summary>
    public const string DelayedRetriesTimestamp = "NServiceBus.Retries.Timestamp";

    /// <summary>When a delayed message is due.</summary>
    public const string DeliverAt = "NServiceBus.DeliverAt";

    /// <summary>Sites of a gateway that the message goes to.</summary>
    public const string DestinationSites = "NServiceBus.DestinationSites";

    /// <summary>W3C baggage.</summary>
    public const string DiagnosticsBaggage = "baggage";

    /// <summary>W3C trace context of the sender.</summary>
    public const string DiagnosticsTraceParent = "traceparent";

    /// <summary>W3C trace state of the sender.</summary>
    public const string DiagnosticsTraceState = "tracestate";

    /// <summary>Types of the message, most derived first, joined by semicolons.</summary>
    public const string EnclosedMessageTypes = "NServiceBus.EnclosedMessageTypes";

    /// <summary>Written by endpoints with an expired licence; never by this engine.</summary>
    public const string HasLicenseExpired = "$.diagnostics.license.expired";

    /// <summary>Name of the host that processed the message.</summary>
    public const string HostDisplayName = "$.diagnostics.hostdisplayname";

    /// <summary>Id of the host that processed the message.</summary>
    public const string HostId = "$.diagnostics.hostid";

    /// <summary>Site that a gateway took the message from.</summary>
    public const string HttpFrom = "NServiceBus.From";

    /// <summary>Site that a gateway sends the message to.</summary>
    public const string HttpTo = "NServiceBus.To";

    /// <summary>How many immediate retries there were.</summary>
    public const string ImmediateRetries = "NServiceBus.FLRetries";

    /// <summary>"True" on a message that was deferred.</summary>
    public const string IsDeferredMessage = "NServiceBus.IsDeferredMessage";

    /// <summary>"True" on a timeout that a saga asked for.</summary>
    public const string IsSagaTimeoutMessage = "NServiceBus.IsSagaTimeoutMessage";

    /// <summary>Id of the message; the same across retries.</summary>
    public const string MessageId = "NServiceBus.MessageId";

    /// <summary>What the message was sent for; a MessageIntent.</summary>
    public const string MessageIntent = "NServiceBus.MessageIntent";

    /// <summary>Version of the wire format.</summary>
    public const string NServiceBusVersion = "NServiceBus.Version";

    /// <summary>"True" on a message that need not survive a restart of the broker.</summary>
    public const string NonDurableMessage = "NServiceBus.NonDurableMessage";

    /// <summary>Queue of the sender, in old versions.</summary>
    public const string OriginatingAddress = "NServiceBus.OriginatingAddress";

    /// <summary>Endpoint that sent the message.</summary>
    public const string OriginatingEndpoint = "NServiceBus.OriginatingEndpoint";

    /// <summary>Id of the host that sent the message.</summary>
    public const string OriginatingHostId = "$.diagnostics.originating.hostid";

    /// <summary>Machine that sent the message.</summary>
    public const string OriginatingMachine = "NServiceBus.OriginatingMachine";

    /// <summary>Saga that sent the message.</summary>
    public const string OriginatingSagaId = "NServiceBus.OriginatingSagaId";

    /// <summary>Type of the saga that sent the message.</summary>
    public const string OriginatingSagaType = "NServiceBus.OriginatingSagaType";

    /// <summary>Site that a gateway sent the message from.</summary>
    public const string OriginatingSite = "NServiceBus.OriginatingSite";

    /// <summary>Conversation that the message left.</summary>
    public const string PreviousConversationId = "NServiceBus.PreviousConversationId";

    /// <summary>When the handlers were done.</summary>
    public const string ProcessingEnded = "NServiceBus.ProcessingEnded";

    /// <summary>Endpoint that processed the message.</summary>
    public const string ProcessingEndpoint = "NServiceBus.ProcessingEndpoint";

    /// <summary>Machine that processed the message.</summary>
    public const string ProcessingMachine = "NServiceBus.ProcessingMachine";

    /// <summary>When processing began.</summary>
    public const string ProcessingStarted = "NServiceBus.ProcessingStarted";

    /// <summary>Id of the message that led to this one.</summary>
    public const string RelatedTo = "NServiceBus.RelatedTo";

    /// <summary>Queue that a reply goes to.</summary>
    public const string ReplyToAddress = "NServiceBus.ReplyToAddress";

    /// <summary>Return code of a callback.</summary>
    public const string ReturnMessageErrorCodeHeader = "NServiceBus.ReturnMessage.ErrorCode";

    /// <summary>Queue that a gateway routes the message to.</summary>
    public const string RouteTo = "NServiceBus.Header.RouteTo";

    /// <summary>Saga that the message is meant for.</summary>
    public const string SagaId = "NServiceBus.SagaId";

    /// <summary>Type of the saga that the message is meant for.</summary>
    public const string SagaType = "NServiceBus.SagaType";

    /// <summary>"True" if the receiver begins a trace of its own.</summary>
    public const string StartNewTrace = "NServiceBus.OpenTelemetry.StartNewTrace";

    /// <summary>Endpoint that subscribes.</summary>
    public const string SubscriberEndpoint = "NServiceBus.SubscriberEndpoint";

    /// <summary>Queue that subscribes.</summary>
    public const string SubscriberTransportAddress = "NServiceBus.SubscriberAddress";

    /// <summary>Event type that is subscribed to.</summary>
    public const string SubscriptionMessageType = "SubscriptionMessageType";

    /// <summary>When the message was sent.</summary>
    public const string TimeSent = "NServiceBus.TimeSent";

    /// <summary>How long the message is worth receiving.</summary>
    public const string TimeToBeReceived = "NServiceBus.TimeToBeReceived";
}
