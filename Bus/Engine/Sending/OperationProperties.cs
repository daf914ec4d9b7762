using NServiceBus.Extensibility;

namespace Dovetail.Bus.Sending;

/// <summary>The values that travel with an operation's options. Each context has its own: those of an operation around it are none of its business.</summary>
sealed record OperationProperties(ContextBag Values)
{
    public static OperationProperties None { get; } = new(new ContextBag());

    public static IReadOnlyContextBag Of(IExtendable context) => (context.Extensions.TryGet<OperationProperties>(out var properties) ? properties : None).Values;
}

/// <summary>Marks, in the bag of one context, that this operation is allowed what is better not done.</summary>
sealed class BestPracticesIgnored;

/// <summary>Marks, in the bag of one context, that this message has no body.</summary>
sealed class SerializationSkipped;
