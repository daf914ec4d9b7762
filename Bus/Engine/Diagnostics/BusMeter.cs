using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Dovetail.Bus;

/// <summary>What the engine counts and traces, under the names that NServiceBus gives them.</summary>
static class BusMeter
{
    public static readonly ActivitySource Activities = new("NServiceBus.Core", "0.1.0");

    static readonly Meter Meter = new("NServiceBus.Core.Pipeline.Incoming", "0.2.0");
    public static readonly Counter<long> Fetches = Meter.CreateCounter<long>("nservicebus.messaging.fetches");
    public static readonly Counter<long> Successes = Meter.CreateCounter<long>("nservicebus.messaging.successes");
    public static readonly Counter<long> Failures = Meter.CreateCounter<long>("nservicebus.messaging.failures");
    public static readonly Counter<long> ImmediateRetries = Meter.CreateCounter<long>("nservicebus.recoverability.immediate");
    public static readonly Counter<long> DelayedRetries = Meter.CreateCounter<long>("nservicebus.recoverability.delayed");
    public static readonly Counter<long> Parked = Meter.CreateCounter<long>("nservicebus.recoverability.error");
    public static readonly Histogram<double> ProcessingTime = Meter.CreateHistogram<double>("nservicebus.messaging.processing_time", "s");
    public static readonly Histogram<double> CriticalTime = Meter.CreateHistogram<double>("nservicebus.messaging.critical_time", "s");
    public static readonly Histogram<double> HandlerTime = Meter.CreateHistogram<double>("nservicebus.messaging.handler_time", "s");
    static readonly Counter<long> Expired = Meter.CreateCounter<long>("dovetail.messaging.expired");
    static readonly Counter<long> SagasNotFound = Meter.CreateCounter<long>("dovetail.messaging.saga_not_found");
    static readonly Counter<long> SagaConflicts = Meter.CreateCounter<long>("dovetail.messaging.saga_conflicts");
    static readonly Counter<long> Restarts = Meter.CreateCounter<long>("dovetail.receiver.restarts");
    static readonly Counter<long> TimeoutsCancelled = Meter.CreateCounter<long>("dovetail.messaging.timeouts_cancelled");
    static readonly Counter<long> Copies = Meter.CreateCounter<long>("dovetail.messaging.seen_before");

    /// <summary>Measured of each endpoint, as long as it runs.</summary>
    public static readonly Gauge<long> QueueLength = new(Meter, "dovetail.queue.length", null, "Messages that wait in a queue; those in hand and those due later are not counted.");
    public static readonly Gauge<long> OutboxBacklog = new(Meter, "dovetail.outbox.backlog", null, "Commits whose messages are not known to be in their queues yet.");
    public static readonly Gauge<double> OutboxAge = new(Meter, "dovetail.outbox.age", "s", "Since the oldest commit whose messages are not known to be in their queues yet.");
    public static readonly Gauge<double> SagaAge = new(Meter, "dovetail.saga.age", "s", "Since the oldest instance of a saga began that has not ended.");

    public static void MessagesExpired(string queue, int count) => Expired.Add(count, new KeyValuePair<string, object?>("nservicebus.queue", queue));

    public static void SagaNotFound(string saga) => SagasNotFound.Add(1, new KeyValuePair<string, object?>("dovetail.saga", saga));

    public static void SagaConflict(string queue) => SagaConflicts.Add(1, new KeyValuePair<string, object?>("nservicebus.queue", queue));

    public static void ReceiverRestarted(string queue) => Restarts.Add(1, new KeyValuePair<string, object?>("nservicebus.queue", queue));

    public static void TimeoutCancelled(string saga) => TimeoutsCancelled.Add(1, new KeyValuePair<string, object?>("dovetail.saga", saga));

    public static void SeenBefore(string queue) => Copies.Add(1, new KeyValuePair<string, object?>("nservicebus.queue", queue));
}
