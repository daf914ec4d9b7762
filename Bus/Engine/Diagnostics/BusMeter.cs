using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Dovetail.Bus;

/// <summary>What the engine counts and traces, under the names that NServiceBus gives them.</summary>
static class BusMeter
{
    public static readonly ActivitySource Activities = new("NServiceBus.Core", "0.1.0");

    static readonly Meter Meter = new("NServiceBus.Core.Pipeline.Incoming", "0.2.0");
    static readonly Counter<long> Fetches = Meter.CreateCounter<long>("nservicebus.messaging.fetches");
    static readonly Counter<long> Successes = Meter.CreateCounter<long>("nservicebus.messaging.successes");
    static readonly Counter<long> Failures = Meter.CreateCounter<long>("nservicebus.messaging.failures");
    static readonly Counter<long> ImmediateRetries = Meter.CreateCounter<long>("nservicebus.recoverability.immediate");
    static readonly Counter<long> DelayedRetries = Meter.CreateCounter<long>("nservicebus.recoverability.delayed");
    static readonly Counter<long> Parked = Meter.CreateCounter<long>("nservicebus.recoverability.error");
    static readonly Histogram<double> ProcessingTime = Meter.CreateHistogram<double>("nservicebus.messaging.processing_time", "s");
    static readonly Histogram<double> CriticalTime = Meter.CreateHistogram<double>("nservicebus.messaging.critical_time", "s");
    static readonly Counter<long> Expired = Meter.CreateCounter<long>("dovetail.messaging.expired");
    static readonly Counter<long> SagasNotFound = Meter.CreateCounter<long>("dovetail.messaging.saga_not_found");
    static readonly Counter<long> SagaConflicts = Meter.CreateCounter<long>("dovetail.messaging.saga_conflicts");
    static readonly Counter<long> Restarts = Meter.CreateCounter<long>("dovetail.receiver.restarts");
    static readonly Counter<long> Copies = Meter.CreateCounter<long>("dovetail.messaging.seen_before");

    public static void Succeeded(string queue, string messageType, TimeSpan processing, TimeSpan? critical)
    {
        var tags = Tags(queue, messageType);
        Fetches.Add(1, tags);
        Successes.Add(1, tags);
        ProcessingTime.Record(processing.TotalSeconds, tags);
        if (critical is { } time) CriticalTime.Record(time.TotalSeconds, tags);
    }

    public static void Failed(string queue, string messageType)
    {
        var tags = Tags(queue, messageType);
        Fetches.Add(1, tags);
        Failures.Add(1, tags);
    }

    public static void RetriedAtOnce(string queue, string messageType) => ImmediateRetries.Add(1, Tags(queue, messageType));

    public static void RetriedLater(string queue, string messageType) => DelayedRetries.Add(1, Tags(queue, messageType));

    public static void MovedToError(string queue, string messageType) => Parked.Add(1, Tags(queue, messageType));

    public static void MessagesExpired(string queue, int count) => Expired.Add(count, new KeyValuePair<string, object?>("nservicebus.queue", queue));

    public static void SagaNotFound(string saga) => SagasNotFound.Add(1, new KeyValuePair<string, object?>("dovetail.saga", saga));

    public static void SagaConflict(string queue) => SagaConflicts.Add(1, new KeyValuePair<string, object?>("nservicebus.queue", queue));

    public static void ReceiverRestarted(string queue) => Restarts.Add(1, new KeyValuePair<string, object?>("nservicebus.queue", queue));

    public static void SeenBefore(string queue) => Copies.Add(1, new KeyValuePair<string, object?>("nservicebus.queue", queue));

    static TagList Tags(string queue, string messageType) => new()
    {
        { "nservicebus.queue", queue },
        { "nservicebus.discriminator", "" },
        { "nservicebus.message_type", messageType },
    };
}
