namespace Dovetail.ServiceControl.Messages;

/// <summary>The headers that ServiceControl reads or writes, as they are called on the wire.</summary>
static class HeaderNames
{
    public const string MessageId = "NServiceBus.MessageId";
    public const string ConversationId = "NServiceBus.ConversationId";
    public const string ContentType = "NServiceBus.ContentType";
    public const string EnclosedMessageTypes = "NServiceBus.EnclosedMessageTypes";
    public const string MessageIntent = "NServiceBus.MessageIntent";
    public const string ControlMessage = "NServiceBus.ControlMessage";
    public const string ReplyToAddress = "NServiceBus.ReplyToAddress";
    public const string TimeSent = "NServiceBus.TimeSent";
    public const string DeliverAt = "NServiceBus.DeliverAt";
    public const string InstanceId = "NServiceBus.Metric.InstanceId";

    public const string OriginatingEndpoint = "NServiceBus.OriginatingEndpoint";
    public const string OriginatingMachine = "NServiceBus.OriginatingMachine";
    public const string OriginatingAddress = "NServiceBus.OriginatingAddress";
    public const string OriginatingHostId = "$.diagnostics.originating.hostid";

    public const string ProcessingEndpoint = "NServiceBus.ProcessingEndpoint";
    public const string ProcessingMachine = "NServiceBus.ProcessingMachine";
    public const string ProcessingStarted = "NServiceBus.ProcessingStarted";
    public const string ProcessingEnded = "NServiceBus.ProcessingEnded";
    public const string HostId = "$.diagnostics.hostid";
    public const string HostDisplayName = "$.diagnostics.hostdisplayname";

    public const string InvokedSagas = "NServiceBus.InvokedSagas";
    public const string SagaStateChange = "ServiceControl.SagaStateChange";
    public const string SagaId = "NServiceBus.SagaId";
    public const string SagaType = "NServiceBus.SagaType";
    public const string OriginatingSagaId = "NServiceBus.OriginatingSagaId";
    public const string OriginatingSagaType = "NServiceBus.OriginatingSagaType";

    public const string FailedQueue = "NServiceBus.FailedQ";
    public const string TimeOfFailure = "NServiceBus.TimeOfFailure";
    public const string DelayedRetries = "NServiceBus.Retries";
    public const string ExceptionPrefix = "NServiceBus.ExceptionInfo.";
    public const string ExceptionType = "NServiceBus.ExceptionInfo.ExceptionType";
    public const string ExceptionMessage = "NServiceBus.ExceptionInfo.Message";
    public const string ExceptionSource = "NServiceBus.ExceptionInfo.Source";
    public const string ExceptionStackTrace = "NServiceBus.ExceptionInfo.StackTrace";

    public const string EditOf = "ServiceControl.EditOf";
    public const string RetryOf = "ServiceControl.Retry.UniqueMessageId";
    public const string RetryAcknowledgementQueue = "ServiceControl.Retry.AcknowledgementQueue";
    public const string RetryAcknowledged = "ServiceControl.Retry.AcknowledgementSent";
    public const string RetrySuccessful = "ServiceControl.Retry.Successful";
}
