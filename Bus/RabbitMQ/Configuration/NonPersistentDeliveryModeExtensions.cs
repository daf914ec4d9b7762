using Dovetail.Bus.RabbitMQ.Sending;

namespace NServiceBus;

/// <summary>Messages that need not outlive the broker's next restart.</summary>
public static class NonPersistentDeliveryModeExtensions
{
    /// <summary>The event may get lost when the broker restarts.</summary>
    public static void UseNonPersistentDeliveryMode(this PublishOptions options) => Mark(options);

    /// <summary>The reply may get lost when the broker restarts.</summary>
    public static void UseNonPersistentDeliveryMode(this ReplyOptions options) => Mark(options);

    /// <summary>The message may get lost when the broker restarts.</summary>
    public static void UseNonPersistentDeliveryMode(this SendOptions options) => Mark(options);

    static void Mark(Extensibility.ExtendableOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.SetHeader(NativeHeaders.NonPersistent, bool.TrueString);
    }
}
