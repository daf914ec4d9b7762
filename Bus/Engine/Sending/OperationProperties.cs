using NServiceBus.Extensibility;

namespace Dovetail.Bus.Sending
{
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
}

namespace NServiceBus
{
    using Dovetail.Bus.Sending;
    using NServiceBus.Pipeline;

    /// <summary>Messages without a body.</summary>
    public static class SerializationContextExtensions
    {
        /// <summary>True once <see cref="SkipSerialization"/> was called.</summary>
        public static bool ShouldSkipSerialization(this IOutgoingLogicalMessageContext context) => context.Extensions.HasOwn<SerializationSkipped>();

        /// <summary>Sends the message's headers alone, without its body and without what would say how to read it.</summary>
        public static void SkipSerialization(this IOutgoingLogicalMessageContext context) => context.Extensions.Set(new SerializationSkipped());
    }
}
