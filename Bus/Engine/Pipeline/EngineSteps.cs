using NServiceBus.Pipeline;

namespace Dovetail.Bus.Pipeline;

/// <summary>The engine's own steps by their well-known ids. They are places to which a behavior can refer; the last of a stage leads to what comes after it.</summary>
static class EngineSteps
{
    public const string Audit = "AuditProcessedMessage";
    public const string MutateIncomingBody = "MutateIncomingTransportMessage";
    public const string MutateIncoming = "MutateIncomingMessages";
    public const string InvokeSaga = "InvokeSaga";
    public const string MutateOutgoing = "MutateOutgoingMessages";
    public const string MutateOutgoingBody = "MutateOutgoingTransportMessage";
    public const string EnforceSend = "EnforceSendBestPractices";
    public const string EnforcePublish = "EnforcePublishBestPractices";
    public const string EnforceReply = "EnforceReplyBestPractices";
    public const string EnforceSubscribe = "EnforceSubscribeBestPractices";
    public const string EnforceUnsubscribe = "EnforceUnsubscribeBestPractices";

    static readonly Dictionary<Type, string[]> ByStage = new()
    {
        [typeof(ITransportReceiveContext)] = ["TransportReceiveToPhysicalMessageProcessingConnector"],
        [typeof(IIncomingPhysicalMessageContext)] = ["ProcessingStatistics", Audit, MutateIncomingBody, "DeserializeLogicalMessagesConnector"],
        [typeof(IIncomingLogicalMessageContext)] = [MutateIncoming, "LoadHandlersConnector"],
        [typeof(IInvokeHandlerContext)] = ["HandlerTransactionScopeWrapper", InvokeSaga, "InvokeHandlers"],
        [typeof(IOutgoingSendContext)] = [EnforceSend, "UnicastSendRouterConnector"],
        [typeof(IOutgoingPublishContext)] = [EnforcePublish, "MulticastPublishRouterBehavior"],
        [typeof(IOutgoingReplyContext)] = [EnforceReply, "UnicastReplyRouterConnector"],
        [typeof(IOutgoingLogicalMessageContext)] =
        [
            "AttachCorrelationId", "AttachCausationHeaders", "AddHostInfoHeaders", "AttachSagaDetailsToOutGoingMessage", MutateOutgoing, "ApplyTimeToBeReceived", "ApplyStaticHeaders",
            "SerializeMessageConnector",
        ],
        [typeof(IOutgoingPhysicalMessageContext)] = [MutateOutgoingBody, "OutgoingPhysicalToRoutingConnector"],
        [typeof(IRoutingContext)] = ["ThrowIfCannotDeferMessage", "RoutingToDispatchConnector"],
        [typeof(IBatchDispatchContext)] = ["ForceBatchDispatchToBeIsolated", "BatchToDispatchConnector"],
        [typeof(IDispatchContext)] = ["ImmediateDispatchTerminator"],
        [typeof(IAuditContext)] = ["AuditHostInformation", "AuditProcessingStatistics", "LicenseReminder", "AuditToDispatchConnector"],
        [typeof(IRecoverabilityContext)] = ["RecoverabilityRoutingConnector"],
        [typeof(ISubscribeContext)] = [EnforceSubscribe, "NativeSubscribeTerminator"],
        [typeof(IUnsubscribeContext)] = [EnforceUnsubscribe, "NativeUnsubscribeTerminator"],
    };

    public static IReadOnlyCollection<Type> Stages => ByStage.Keys;

    public static string[] Of(Type stage) => ByStage[stage];

    /// <summary>Null for an id that is none of the engine's.</summary>
    public static Type? StageOf(string id) => ByStage.Where(stage => stage.Value.Contains(id)).Select(stage => stage.Key).FirstOrDefault();
}
