namespace Dovetail.Bus.RabbitMQ.Sending;

/// <summary>Headers that mean something to the transport, or to the broker.</summary>
static class NativeHeaders
{
    public const string NonPersistent = "NServiceBus.Transport.RabbitMQ.UseNonPersistentDelivery";

    public const string DelayInSeconds = "NServiceBus.Transport.RabbitMQ.DelayInSeconds";

    /// <summary>How often the broker took a message back.</summary>
    public const string DeliveryCount = "x-delivery-count";

    /// <summary>Older endpoints say here where replies go.</summary>
    public const string CallbackQueue = "NServiceBus.RabbitMQ.CallbackQueue";

    /// <summary>Tell of a message's way, and not of the message.</summary>
    public static readonly IReadOnlySet<string> OfTheWay = new HashSet<string>(StringComparer.Ordinal)
    {
        DelayInSeconds, DeliveryCount, CallbackQueue, "x-death", "x-first-death-exchange", "x-first-death-queue", "x-first-death-reason", "x-last-death-exchange", "x-last-death-queue", "x-last-death-reason",
        "x-opt-deaths", "x-acquired-count", "x-dotnet-pub-seq-no", "NServiceBus.Transport.RabbitMQ.ConfirmationId",
    };
}
