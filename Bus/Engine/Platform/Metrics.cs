using System.Text.Json;
using Dovetail.Bus.Configuration;
using Dovetail.Bus.Transport;
using Microsoft.Extensions.Logging;
using NServiceBus;

namespace Dovetail.Bus.Platform;

/// <summary>How an endpoint's messages fare, value by value, for ServiceControl's monitoring.</summary>
/// <param name="queue">Where the values go.</param>
sealed partial class Metrics(string queue, EndpointSettings settings, ITransport transport, PlatformMessages platform, TimeProvider time, ILogger logger)
{
    readonly MetricBuffer _processing = new("ProcessingTime", time);
    readonly MetricBuffer _critical = new("CriticalTime", time);
    readonly MetricBuffer _retries = new("Retries", time);
    readonly MetricBuffer _lengths = new("QueueLength", time);
    bool _failing;

    MetricSettings Options => settings.Platform.Metrics;

    /// <param name="critical">Null for a message of which nobody knows when it was sent.</param>
    public void Succeeded(ReceivedMessage message, TimeSpan processing, TimeSpan? critical)
    {
        _processing.Note((long)processing.TotalMilliseconds, TypesOf(message));
        if (critical is { } since) _critical.Note((long)since.TotalMilliseconds, TypesOf(message));
    }

    public void Retried(ReceivedMessage message) => _retries.Note(1, TypesOf(message));

    public Task Run(CancellationToken stop) => Task.WhenAll([Introduce(stop), .. new[] { _processing, _critical, _retries, _lengths }.Select(buffer => Report(buffer, stop))]);

    /// <summary>Says again and again whose values these are: monitoring keeps nothing across its restarts.</summary>
    async Task Introduce(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var headers = HeadersWith(Headers.EnclosedMessageTypes, "NServiceBus.Metrics.EndpointMetadataReport");
            headers[Headers.ContentType] = ContentTypes.Json;
            await Send(headers, JsonSerializer.SerializeToUtf8Bytes(new EndpointMetadataReport(3, transport.Address(settings.Queue))), stop);
            await MeasureQueue(stop);
            await Task.Delay(Options.Interval, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
    }

    async Task Report(MetricBuffer buffer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await buffer.Wait(Options.Interval, stop);
            while (!stop.IsCancellationRequested && buffer.Take() is { Count: > 0 } values)
            {
                var headers = HeadersWith(Headers.ContentType, TaggedValues.ContentType);
                headers["NServiceBus.Metric.Type"] = buffer.Metric;
                await Send(headers, TaggedValues.Write(values), stop);
            }
        }
    }

    /// <summary>A broker or a database is asked by ServiceControl itself; a file only this process can open for it.</summary>
    async Task MeasureQueue(CancellationToken stop)
    {
        if (!transport.InstallsItself) return;
        try
        {
            _lengths.Note(await transport.Waiting(settings.Queue, stop), settings.Queue);
        }
        catch (Exception failure) when (!stop.IsCancellationRequested)
        {
            LogNotMeasured(failure, settings.Queue);
        }
        catch (OperationCanceledException)
        {
            // The endpoint stops: nobody looks at this any more.
        }
    }

    Dictionary<string, string> HeadersWith(string key, string value)
    {
        var headers = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [Headers.OriginatingEndpoint] = settings.EndpointName,
            [Headers.OriginatingMachine] = settings.Host.Machine,
            [Headers.OriginatingHostId] = settings.Host.Id.ToString("N"),
            [Headers.HostDisplayName] = settings.Host.DisplayName,
        };
        if (Options.InstanceId is { } instance) headers[MetricSettings.InstanceHeader] = instance;
        headers[key] = value;
        return headers;
    }

    async Task Send(Dictionary<string, string> headers, byte[] body, CancellationToken stop)
    {
        try
        {
            await platform.Send(platform.Make(queue, headers, body, Options.Worth), stop);
            _failing = false;
        }
        catch (Exception failure)
        {
            if (!_failing && !stop.IsCancellationRequested) LogNotSent(failure, settings.EndpointName, queue);
            _failing = true;
        }
    }

    static string TypesOf(ReceivedMessage message) => message.Headers.GetValueOrDefault(Headers.EnclosedMessageTypes) ?? "";

    [LoggerMessage(LogLevel.Warning, "The metrics of endpoint {Endpoint} can't be sent to '{Queue}': monitoring has a gap. Later values are tried; this is logged once")]
    partial void LogNotSent(Exception failure, string endpoint, string queue);

    [LoggerMessage(LogLevel.Debug, "The length of queue {Queue} is not known at the moment")]
    partial void LogNotMeasured(Exception failure, string queue);

    /// <summary>As ServiceControl reads it: names and order are on the wire.</summary>
    sealed record EndpointMetadataReport(int PluginVersion, string LocalAddress);
}
