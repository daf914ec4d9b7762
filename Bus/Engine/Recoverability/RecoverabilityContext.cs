using Dovetail.Bus.Pipeline;
using NServiceBus;
using NServiceBus.Pipeline;
using NServiceBus.Transport;

namespace Dovetail.Bus.Recoverability;

/// <summary>A failed message on its way through the behaviors, with what the policy decided.</summary>
/// <param name="story">Written when it is first needed: most failures are tried again at once.</param>
/// <param name="address">The address of a queue as it stands in headers.</param>
sealed class RecoverabilityContext(
    ErrorContext failure, Dictionary<string, string> headers, RecoverabilityConfig config, RecoverabilityAction action, Func<Dictionary<string, string>> story, Func<string, string> address, DateTimeOffset now,
    IServiceProvider services, CancellationToken cancellation) : StageContext(failure.Extensions, services, cancellation), IRecoverabilityContext, IRecoverabilityActionContext
{
    public ReadOnlyMemory<byte> Body => failure.Body;

    public int DelayedDeliveriesPerformed => failure.DelayedDeliveriesPerformed;

    public Exception Exception => failure.Exception;

    public Dictionary<string, string> Headers => headers;

    public int ImmediateProcessingFailures => failure.ImmediateProcessingFailures;

    public string MessageId => failure.MessageId;

    public Dictionary<string, string> Metadata => field ??= story();

    public string NativeMessageId => failure.NativeMessageId;

    public string ReceiveAddress => failure.ReceiveAddress;

    public ReceiveProperties ReceiveProperties => failure.ReceiveProperties;

    public RecoverabilityAction RecoverabilityAction { get; set; } = action;

    public RecoverabilityConfig RecoverabilityConfiguration => config;

    IReadOnlyDictionary<string, string> IRecoverabilityActionContext.Metadata => Metadata;

    /// <summary>False if a behavior did not call the next one.</summary>
    public bool ReachedEnd { get; set; }

    public IRecoverabilityActionContext PreventChanges() => this;

    /// <summary>When the message failed; the time of the machine where a test made the context itself.</summary>
    public static DateTimeOffset Now(IRecoverabilityActionContext context) => context is RecoverabilityContext own ? own.At : TimeProvider.System.GetUtcNow();

    public static string Address(IRecoverabilityActionContext context, string queue) => context is RecoverabilityContext own ? own.AddressOf(queue) : queue;

    DateTimeOffset At => now;

    string AddressOf(string queue) => address(queue);
}
