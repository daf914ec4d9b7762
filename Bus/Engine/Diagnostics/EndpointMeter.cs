using System.Diagnostics;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Platform;
using Dovetail.Bus.Transport;
using NServiceBus;

namespace Dovetail.Bus;

/// <summary>What is counted of one endpoint's messages.</summary>
/// <param name="metrics">Takes single values for the platform; null where it does not want them.</param>
sealed class EndpointMeter(EndpointSettings settings, Metrics? metrics)
{
    readonly string _queue = settings.Queue;
    readonly string _discriminator = settings.Discriminator ?? "";

    /// <summary>Whether anybody listens to what <see cref="Succeeded"/> tells.</summary>
    public bool CountsSuccesses => metrics is not null || HasListeners;

    static bool HasListeners => BusMeter.Fetches.Enabled || BusMeter.Successes.Enabled || BusMeter.ProcessingTime.Enabled || BusMeter.CriticalTime.Enabled;

    /// <param name="handlers">The names of those that handled it.</param>
    public void Succeeded(ReceivedMessage message, IEnumerable<string> handlers, TimeSpan processing, TimeSpan? critical)
    {
        metrics?.Succeeded(message, processing, critical);
        if (!HasListeners) return;
        var tags = Tags(message);
        tags.Add("nservicebus.message_handler_types", string.Join(';', handlers));
        BusMeter.Fetches.Add(1, tags);
        BusMeter.Successes.Add(1, tags);
        BusMeter.ProcessingTime.Record(processing.TotalSeconds, tags);
        if (critical is { } time) BusMeter.CriticalTime.Record(time.TotalSeconds, tags);
    }

    public void Failed(ReceivedMessage message, Exception failure)
    {
        if (!BusMeter.Fetches.Enabled && !BusMeter.Failures.Enabled) return;
        var tags = Tags(message);
        BusMeter.Fetches.Add(1, tags);
        tags.Add("error.type", failure.GetType().FullName);
        BusMeter.Failures.Add(1, tags);
    }

    public void Handled(ReceivedMessage message, Type handler, TimeSpan duration, Exception? failure)
    {
        if (!BusMeter.HandlerTime.Enabled) return;
        var tags = Tags(message);
        tags.Add("nservicebus.message_handler_type", handler.FullName);
        tags.Add("execution.result", failure is null ? "success" : "failure");
        if (failure is not null) tags.Add("error.type", failure.GetType().FullName);
        BusMeter.HandlerTime.Record(duration.TotalSeconds, tags);
    }

    public void RetriedAtOnce(ReceivedMessage message)
    {
        metrics?.Retried(message);
        BusMeter.ImmediateRetries.Add(1, Tags(message));
    }

    public void RetriedLater(ReceivedMessage message)
    {
        metrics?.Retried(message);
        BusMeter.DelayedRetries.Add(1, Tags(message));
    }

    public void MovedToError(ReceivedMessage message) => BusMeter.Parked.Add(1, Tags(message));

    TagList Tags(ReceivedMessage message) => new()
    {
        { "nservicebus.queue", _queue },
        { "nservicebus.discriminator", _discriminator },
        { "nservicebus.message_type", message.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) ?? "" },
    };
}
