namespace Dovetail.Bus.Platform;

/// <summary>One change of a saga, as ServiceControl reads it: names and order are on the wire.</summary>
sealed record SagaUpdate(
    string SagaState, Guid SagaId, SagaUpdate.Cause Initiator, IReadOnlyList<SagaUpdate.Outcome> ResultingMessages, string Endpoint, bool IsNew, bool IsCompleted, DateTime StartTime, DateTime FinishTime, string SagaType)
{
    public const string WireName = "ServiceControl.EndpointPlugin.Messages.SagaState.SagaUpdatedMessage";

    /// <summary>The message that the saga handled.</summary>
    internal sealed record Cause(string InitiatingMessageId, string MessageType, bool IsSagaTimeoutMessage, DateTime TimeSent, string? OriginatingMachine, string? OriginatingEndpoint, string? Intent);

    /// <summary>A message that the saga sent meanwhile.</summary>
    internal sealed record Outcome(string MessageType, DateTime TimeSent, DateTime? DeliveryAt, TimeSpan? DeliveryDelay, string? Destination, string ResultingMessageId, string Intent);
}
