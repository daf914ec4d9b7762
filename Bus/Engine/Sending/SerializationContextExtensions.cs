using Dovetail.Bus.Sending;
using NServiceBus.Pipeline;

namespace NServiceBus;

/// <summary>Messages without a body.</summary>
public static class SerializationContextExtensions
{
    /// <summary>True once <see cref="SkipSerialization"/> was called.</summary>
    public static bool ShouldSkipSerialization(this IOutgoingLogicalMessageContext context) => context.Extensions.HasOwn<SerializationSkipped>();

    /// <summary>Sends the message's headers alone, without its body and without what would say how to read it.</summary>
    public static void SkipSerialization(this IOutgoingLogicalMessageContext context) => context.Extensions.Set(new SerializationSkipped());
}
