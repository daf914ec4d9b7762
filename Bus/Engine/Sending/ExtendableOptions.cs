using Dovetail.Bus.Sending;
using NServiceBus.Pipeline;
using NServiceBus.Transport;

namespace NServiceBus.Extensibility;

/// <summary>What sending, publishing, replying and subscribing have in common.</summary>
public abstract class ExtendableOptions
{
    internal Dictionary<string, string> Headers => field ??= new(StringComparer.Ordinal);

    internal string? MessageId { get; set; }

    internal bool DispatchImmediately { get; set; }

    internal bool IgnoresBestPractices { get; set; }

    internal bool? StartsNewTrace { get; set; }

    internal ContextBag Extensions => field ??= new();

    internal DispatchProperties? DispatchProperties { get; set; }
}

/// <summary>Access to values that travel with the options, for code that extends the pipeline.</summary>
public static class ExtendableOptionsExtensions
{
    /// <summary>What is handed to the transport with the message.</summary>
    public static DispatchProperties GetDispatchProperties(this ExtendableOptions options) => options.DispatchProperties ??= [];

    /// <summary>The values that travel with these options.</summary>
    public static ContextBag GetExtensions(this ExtendableOptions options) => options.Extensions;

    /// <summary>The values that travel with the options of this operation.</summary>
    public static IReadOnlyContextBag GetOperationProperties(this IOutgoingContext behaviorContext) => OperationProperties.Of(behaviorContext);

    /// <summary>The values that travel with the options of this operation; none for copies that the engine makes.</summary>
    public static IReadOnlyContextBag GetOperationProperties(this IRoutingContext behaviorContext) => OperationProperties.Of(behaviorContext);

    /// <summary>The values that travel with the options of this operation.</summary>
    public static IReadOnlyContextBag GetOperationProperties(this ISubscribeContext behaviorContext) => OperationProperties.Of(behaviorContext);

    /// <summary>The values that travel with the options of this operation.</summary>
    public static IReadOnlyContextBag GetOperationProperties(this IUnsubscribeContext behaviorContext) => OperationProperties.Of(behaviorContext);
}
